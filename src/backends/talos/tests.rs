//! The hands against a server on a socket.

module pilothouse.example/engines

go 1.26

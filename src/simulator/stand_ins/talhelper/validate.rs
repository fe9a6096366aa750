//! What Talos refuses of a whole config, as far as its parts can be wrong together.

use serde_yaml::Value;

/// Why the main document is refused: the path of keys, and why.
pub fn validate(main: &Value) -> Result<(), (&'static str, &'static str)> {
    let flag = |path: &[&str]| at(main, path).and_then(Value::as_bool).unwrap_or_default();
    let dns = ["machine", "features", "hostDNS"];
    if flag(&[dns.as_slice(), &["forwardKubeDNSToHost"]].concat())
        && !flag(&[dns.as_slice(), &["enabled"]].concat())
    {
        return Err(("machine.features.hostDNS", "forwardKubeDNSToHost requires enabled to be true"));
    }
    let arguments = at(main, &["machine", "install", "extraKernelArgs"]).and_then(Value::as_sequence);
    if arguments.is_some_and(|it| !it.is_empty()) && flag(&["machine", "install", "grubUseUKICmdline"]) {
        return Err(("machine.install", "extraKernelArgs and grubUseUKICmdline can't be used together"));
    }
    Ok(())
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(*key))
}

//! A node's events to news: what a person would tell another about, in words.

use crate::talos::tidy::plain;
use domain::{Moment, News, Source};
use prost::Message;
use wire::machine as pb;

/// `None` for the hello, for what nobody would tell, and for what a newer Talos has added.
pub(crate) fn news(about: &str, event: &pb::Event) -> Option<News> {
    let data = event.data.as_ref()?;
    let at = moment_of(&event.id)?;
    let words = words(data.type_url.rsplit('.').next()?, &data.value)?;
    Some(News { at, source: Source::Talos, about: about.to_owned(), words })
}

/// Whether an event is about the etcd of its node.
pub(crate) fn is_of_etcd(event: &pb::Event) -> bool {
    let service = event.data.as_ref().filter(|it| it.type_url.ends_with(".ServiceStateEvent"));
    let service = service.and_then(|it| pb::ServiceStateEvent::decode(it.value.as_slice()).ok());
    service.is_some_and(|it| it.service == "etcd")
}

fn words(kind: &str, value: &[u8]) -> Option<String> {
    match kind {
        "SequenceEvent" => {
            let it = pb::SequenceEvent::decode(value).ok()?;
            let sequence = plain(&it.sequence);
            match (it.error.as_ref(), it.action()) {
                (Some(error), _) => Some(format!("{sequence} failed: {}", plain(&error.message))),
                (None, pb::sequence_event::Action::Start) => Some(format!("{sequence} begins")),
                (None, pb::sequence_event::Action::Stop) => Some(format!("{sequence} is done")),
                (None, pb::sequence_event::Action::Noop) => None,
            }
        }
        "ServiceStateEvent" => {
            use pb::service_state_event::Action;
            let it = pb::ServiceStateEvent::decode(value).ok()?;
            let (service, message) = (plain(&it.service), plain(&it.message));
            match it.action() {
                Action::Running => Some(format!("{service} runs")),
                Action::Stopping => Some(format!("{service} is stopped")),
                Action::Failed => Some(format!("{service} failed: {message}")),
                _ => None,
            }
        }
        "MachineStatusEvent" => {
            use pb::machine_status_event::MachineStage;
            let it = pb::MachineStatusEvent::decode(value).ok()?;
            let ready = it.status.as_ref().is_some_and(|it| it.ready);
            Some(match it.stage() {
                MachineStage::Unknown => return None,
                MachineStage::Running if ready => "runs and is ready".into(),
                MachineStage::Running => {
                    match it.status.and_then(|it| it.unmet_conditions.into_iter().next()) {
                        Some(unmet) => format!("runs, not ready: {}", plain(&unmet.reason)),
                        None => "runs, not ready".into(),
                    }
                }
                MachineStage::Booting => "boots".into(),
                MachineStage::Installing => "installs".into(),
                MachineStage::Maintenance => "is in maintenance".into(),
                MachineStage::Rebooting => "reboots".into(),
                MachineStage::ShuttingDown => "shuts down".into(),
                MachineStage::Resetting => "is reset".into(),
                MachineStage::Upgrading => "is upgraded".into(),
            })
        }
        "ConfigLoadErrorEvent" | "ConfigValidationErrorEvent" => {
            // Both have one field, with the same number.
            let it = pb::ConfigLoadErrorEvent::decode(value).ok()?;
            Some(format!("its config was refused: {}", plain(&it.error)))
        }
        _ => None,
    }
}

/// An xid is 20 digits of base32hex; its first four bytes are unix seconds.
fn moment_of(xid: &str) -> Option<Moment> {
    let mut bits: u64 = 0;
    for digit in xid.bytes().take(7) {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'v' => digit - b'a' + 10,
            _ => return None,
        };
        bits = bits << 5 | u64::from(value);
    }
    (xid.len() == 20).then(|| Moment::from_seconds(i64::from((bits >> 3) as u32)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost_types::Any;

    /// The example of the xid specification: 2011-03-22T08:08:09Z or so, 0x4d88e15b.
    const XID: &str = "9m4e2mr0ui3e8a215n4g";

    fn event(kind: &str, value: Vec<u8>) -> pb::Event {
        let data = Some(Any { type_url: format!("talos/runtime/machine.{kind}"), value });
        pb::Event { data, id: XID.into(), ..Default::default() }
    }

    #[test]
    fn an_event_becomes_a_sentence_with_its_moment() {
        let failed = pb::ServiceStateEvent {
            service: "kubelet".into(),
            action: pb::service_state_event::Action::Failed as i32,
            message: "exit\n1".into(),
            ..Default::default()
        };
        let told = news("cp-1", &event("ServiceStateEvent", failed.encode_to_vec())).unwrap();
        assert_eq!(
            (told.at, told.words.as_str()),
            (Moment::from_seconds(0x4d88_e15b), "kubelet failed: exit 1")
        );
        let ready = pb::MachineStatusEvent {
            stage: pb::machine_status_event::MachineStage::Running as i32,
            status: Some(pb::machine_status_event::MachineStatus { ready: true, unmet_conditions: vec![] }),
        };
        assert_eq!(
            news("a", &event("MachineStatusEvent", ready.encode_to_vec())).unwrap().words,
            "runs and is ready"
        );
        assert_eq!(news("a", &event("SomethingNew", vec![1])), None);
        assert_eq!(news("a", &pb::Event::default()), None, "the hello");
    }

    proptest::proptest! {
        #[test]
        fn noise_never_breaks_it(id in ".{0,24}", value in proptest::collection::vec(0u8.., 0..64)) {
            for kind in ["SequenceEvent", "ServiceStateEvent", "MachineStatusEvent", "ConfigLoadErrorEvent", ""] {
                let mut noise = event(kind, value.clone());
                let _ = news("a", &noise);
                noise.id = id.clone();
                let _ = news("a", &noise);
            }
        }
    }
}

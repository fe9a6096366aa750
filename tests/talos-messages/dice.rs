//! Messages made up from their descriptions, the same at every run.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};
use std::collections::HashMap;

/// SplitMix64: a few lines, and the same numbers everywhere.
pub struct Dice(pub u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        it ^ (it >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    /// A message of a kind. Where it is whole, every field says something that is not what an absent one says.
    pub fn message(&mut self, of: &MessageDescriptor, whole: bool) -> DynamicMessage {
        let mut made = DynamicMessage::new(of.clone());
        for field in of.fields() {
            if whole || self.below(2) == 0 {
                let value = self.field(&field, whole);
                made.set_field(&field, value);
            }
        }
        made
    }

    fn field(&mut self, field: &FieldDescriptor, whole: bool) -> Value {
        if field.is_map() {
            let kind = field.kind();
            let value = kind.as_message().unwrap().map_entry_value_field();
            let entry =
                |dice: &mut Self, key: String| (MapKey::String(key), dice.value(&value.kind(), whole));
            return Value::Map(HashMap::from_iter((0..2).map(|it| entry(self, format!("key-{it}")))));
        }
        if field.is_list() {
            let count = if whole { 2 } else { self.below(4) };
            return Value::List((0..count).map(|_| self.value(&field.kind(), whole)).collect());
        }
        self.value(&field.kind(), whole)
    }

    fn value(&mut self, kind: &Kind, whole: bool) -> Value {
        match kind {
            Kind::Message(of) => Value::Message(self.message(of, whole)),
            Kind::Enum(of) => {
                let from = usize::from(whole && of.values().len() > 1);
                let at = from + self.below(of.values().len() - from);
                Value::EnumNumber(of.values().nth(at).unwrap().number())
            }
            Kind::Bool => Value::Bool(whole || self.below(2) == 0),
            Kind::String => Value::String(self.text(whole)),
            Kind::Bytes => Value::Bytes(self.text(whole).into_bytes().into()),
            Kind::Double => Value::F64(self.number(whole) as i32 as f64 / 8.0),
            Kind::Float => Value::F32(self.number(whole) as i16 as f32 / 8.0),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(self.number(whole) as i32),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(self.number(whole) as i64),
            Kind::Uint32 | Kind::Fixed32 => Value::U32(self.number(whole) as u32),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(self.number(whole)),
        }
    }

    /// Large, small, and the ends.
    fn number(&mut self, whole: bool) -> u64 {
        let edges = [u64::MAX, 1, i64::MAX as u64, u64::from(u32::MAX), 1 << 31, 300];
        match self.below(8) {
            0 if !whole => 0,
            at if at > 0 && at <= edges.len() && !whole => edges[at - 1],
            _ => self.roll() | 1,
        }
    }

    fn text(&mut self, whole: bool) -> String {
        const LETTERS: [char; 8] = ['a', 'Z', '7', ' ', ':', '"', 'ü', '\n'];
        let length = usize::from(whole) + self.below(9);
        (0..length).map(|_| LETTERS[self.below(LETTERS.len())]).collect()
    }
}

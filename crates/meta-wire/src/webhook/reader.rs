//! Reading one item tolerantly: objects are cut into members without parsing them, each value is read when asked for,
//! and a value that is not what it should be yields a [`Fault`] with path and offset.
//!
//! Like `JSON.parse`, the last of several equal keys counts, and nesting that nobody asks for is skipped at any depth.
//! `null` counts as absent: Meta writes `"payload":null` where there is none.

use super::cut::{Cut, Index, shape_of};
use super::fault::{Fault, Problem, Shape};
use crate::ids::{MAX_EXACT_INTEGER, NumericId, may_be_rounded};
use crate::number;
use crate::private::{Private, RawJson};
use crate::time::{UnixMillis, iso_8601};
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::{self, Write};

/// What one item's reading shares: its values and where its text starts, and the faults in parts it can do without.
pub(super) struct Reading<'a> {
    cut: &'a Cut<'a>,
    item: Index,
    notes: RefCell<Vec<Fault>>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(cut: &'a Cut<'a>, item: Index) -> Self {
        Self { cut, item, notes: RefCell::new(Vec::new()) }
    }

    pub(super) fn root<'p>(&'p self) -> Node<'a, 'p> {
        self.node(self.item, At { parent: None, step: Step::Root })
    }

    fn node<'p>(&'p self, value: Index, at: At<'p>) -> Node<'a, 'p> {
        Node { text: self.cut.text(value), value, at, reading: self }
    }

    fn note(&self, fault: Fault) {
        self.notes.borrow_mut().push(fault);
    }

    pub(super) fn into_notes(self) -> Vec<Fault> {
        self.notes.into_inner()
    }

    fn offset(&self, part: &str) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.cut.text(self.item).as_ptr() as usize)
    }
}

#[derive(Clone, Copy)]
enum Step {
    Root,
    Key(&'static str),
    Index(usize),
}

/// A place, as a chain up to the item; turned into text only when there is a fault to report.
#[derive(Clone, Copy)]
struct At<'p> {
    parent: Option<&'p At<'p>>,
    step: Step,
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) if self.parent.is_some_and(|parent| !matches!(parent.step, Step::Root)) => {
                f.write_char('.')?;
                f.write_str(key)
            }
            Step::Key(key) => f.write_str(key),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// One JSON value, not parsed yet.
#[derive(Clone, Copy)]
pub(super) struct Node<'a, 'p> {
    text: &'a str,
    value: Index,
    at: At<'p>,
    reading: &'p Reading<'a>,
}

impl<'a, 'p> Node<'a, 'p> {
    pub(super) fn shape(&self) -> Shape {
        shape_of(self.text)
    }

    pub(super) fn fault(&self, problem: Problem) -> Fault {
        let mut path = self.at.to_string();
        if path.is_empty() {
            path.push('.');
        }
        Fault { path, offset: self.reading.offset(self.text), problem }
    }

    fn wrong_type(&self, expected: Shape) -> Fault {
        self.fault(Problem::WrongType { expected, found: self.shape() })
    }

    pub(super) fn value(&self) -> Index {
        self.value
    }

    pub(super) fn text_as_it_stands(&self) -> &'a str {
        self.text
    }

    pub(super) fn note(&self, fault: Fault) {
        self.reading.note(fault);
    }

    pub(super) fn raw(&self) -> RawJson {
        RawJson::new(self.text)
    }

    /// An object. An empty array inside an item is taken for an empty one: encoders of PHP's kind cannot tell them
    /// apart.
    pub(super) fn object(self) -> Result<Object<'a, 'p>, Fault> {
        let inside = self.at.parent.is_some();
        let empty_array = || self.text.strip_prefix('[').is_some_and(|rest| rest.trim_ascii_start() == "]");
        if inside && empty_array() {
            return Ok(Object { node: self, members: Vec::new() });
        }
        if self.shape() != Shape::Object {
            return Err(self.wrong_type(Shape::Object));
        }
        self.need_json()?;
        Ok(Object { node: self, members: self.reading.cut.members(self.value) })
    }

    /// Reads each element of an array.
    pub(super) fn each<'s, T>(&'s self, mut read: impl FnMut(Node<'a, 's>) -> T) -> Result<Vec<T>, Fault> {
        if self.shape() != Shape::Array {
            return Err(self.wrong_type(Shape::Array));
        }
        self.need_json()?;
        let node = |(index, value)| self.reading.node(value, At { parent: Some(&self.at), step: Step::Index(index) });
        Ok(self.reading.cut.elements(self.value).enumerate().map(|element| read(node(element))).collect())
    }

    fn need_json(&self) -> Result<(), Fault> {
        if self.reading.cut.is_json() { Ok(()) } else { Err(self.fault(Problem::NotJson)) }
    }

    /// Reads each element of an array; elements that fail are noted and left out.
    pub(super) fn each_good<'s, T>(
        &'s self,
        mut read: impl FnMut(Node<'a, 's>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let all = self.each(|node| node.noted(read(node)))?;
        Ok(all.into_iter().flatten().collect())
    }

    /// What can be done without: a fault is noted.
    pub(super) fn noted<T>(&self, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.reading.note(fault)).ok()
    }

    /// A string. A number is taken as its digits: Meta's pages call fields such as `metadata` a string and print a
    /// number.
    pub(super) fn text(&self) -> Result<String, Fault> {
        match self.shape() {
            Shape::Text => match self.reading.cut.plain(self.value) {
                Some(text) => Ok(text.to_owned()),
                None => serde_json::from_str(self.text).map_err(|_| self.fault(Problem::NotJson)),
            },
            Shape::Number => Ok(self.text.to_owned()),
            _ => Err(self.wrong_type(Shape::Text)),
        }
    }

    pub(super) fn private(&self) -> Result<Private, Fault> {
        self.text().map(Private::from)
    }

    /// An id that must be exact to be of use.
    pub(super) fn id<T: From<String>>(&self) -> Result<T, Fault> {
        let (text, exact) = self.id_text()?;
        if exact { Ok(T::from(text)) } else { Err(self.fault(Problem::RoundedId)) }
    }

    /// An id that may have been rounded.
    pub(super) fn numeric_id(&self) -> Result<NumericId, Fault> {
        self.id_text().map(|(text, exact)| NumericId::new(text, exact))
    }

    fn id_text(&self) -> Result<(String, bool), Fault> {
        match self.shape() {
            Shape::Text => match self.text()? {
                text if text.is_empty() => Err(self.fault(Problem::Missing)),
                text => Ok((text, true)),
            },
            Shape::Number if self.text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok((self.text.to_owned(), !may_be_rounded(self.text)))
            }
            _ => Err(self.wrong_type(Shape::Id)),
        }
    }

    /// A number, or a string holding one.
    pub(super) fn number(&self) -> Result<f64, Fault> {
        match self.shape() {
            // What is a number by its shape and does not read as one is beyond all doubles.
            Shape::Number => number::read(self.text).ok_or_else(|| self.fault(Problem::OutOfRange)),
            Shape::Text => number::read(self.text()?.trim()).ok_or_else(|| self.wrong_type(Shape::Number)),
            _ => Err(self.wrong_type(Shape::Number)),
        }
    }

    /// An integer that JavaScript holds exactly, or a string of its digits.
    pub(super) fn integer(&self) -> Result<i64, Fault> {
        let text = match self.shape() {
            Shape::Number => Cow::Borrowed(self.text),
            Shape::Text => Cow::Owned(self.text()?),
            _ => return Err(self.wrong_type(Shape::Integer)),
        };
        let text = text.trim();
        let number = match text.parse::<i64>() {
            Ok(number) => number,
            // `12.0` and `1.2e1` are integers too: an encoder in between may have printed them so.
            Err(_) => match number::read(text) {
                Some(number) if number.fract() != 0.0 => return Err(self.fault(Problem::OutOfRange)),
                // A cast from a float saturates, and ends up out of range below.
                Some(number) => number as i64,
                None if self.shape() == Shape::Number => return Err(self.fault(Problem::OutOfRange)),
                None => return Err(self.wrong_type(Shape::Integer)),
            },
        };
        if number.unsigned_abs() <= MAX_EXACT_INTEGER { Ok(number) } else { Err(self.fault(Problem::OutOfRange)) }
    }

    /// A point in time: in seconds, in milliseconds, or written as the Graph API does.
    pub(super) fn time(&self) -> Result<UnixMillis, Fault> {
        if self.shape() == Shape::Text
            && let Some(time) = iso_8601(&self.text()?).filter(|time| time.0 > 0)
        {
            return Ok(time);
        }
        UnixMillis::from_seconds_or_millis(self.integer()?).ok_or_else(|| self.fault(Problem::OutOfRange))
    }

    /// `true` or `false`, also as a string.
    pub(super) fn boolean(&self) -> Result<bool, Fault> {
        match self.text {
            "true" | "\"true\"" => Ok(true),
            "false" | "\"false\"" => Ok(false),
            _ => Err(self.wrong_type(Shape::Boolean)),
        }
    }
}

/// One JSON object, its members not parsed yet.
pub(super) struct Object<'a, 'p> {
    node: Node<'a, 'p>,
    members: Vec<(Cow<'a, str>, Index)>,
}

impl<'a, 'p> Object<'a, 'p> {
    pub(super) fn node(&self) -> Node<'a, 'p> {
        self.node
    }

    /// The member, unless it is absent or `null`.
    pub(super) fn get(&self, key: &'static str) -> Option<Node<'a, '_>> {
        self.member(key).filter(|node| node.shape() != Shape::Null)
    }

    /// The member, unless it is absent.
    pub(super) fn member(&self, key: &'static str) -> Option<Node<'a, '_>> {
        let &(_, value) = self.members.iter().rev().find(|(name, _)| name == key)?;
        Some(self.child(key, value))
    }

    fn child(&self, key: &'static str, value: Index) -> Node<'a, '_> {
        self.node.reading.node(value, At { parent: Some(&self.node.at), step: Step::Key(key) })
    }

    /// Those of the keys that are present, in the order of `keys`.
    pub(super) fn present(&self, keys: &[&'static str]) -> Vec<&'static str> {
        let place = |(name, _): &(Cow<'a, str>, Index)| keys.iter().position(|key| name == key);
        let mut places: Vec<usize> = self.members.iter().filter_map(place).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| keys.get(place).copied()).filter(|key| self.has(key)).collect()
    }

    pub(super) fn has(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// The member, or a fault that says it is missing.
    pub(super) fn need(&self, key: &'static str) -> Result<Node<'a, '_>, Fault> {
        self.get(key).ok_or_else(|| self.missing(key))
    }

    pub(super) fn missing(&self, key: &'static str) -> Fault {
        self.child(key, self.node.value).fault(Problem::Missing)
    }

    /// Reads a member the event can do without: a fault in it is noted, and the rest of the event is kept.
    pub(super) fn optional<'s, T>(
        &'s self,
        key: &'static str,
        read: impl FnOnce(Node<'a, 's>) -> Result<T, Fault>,
    ) -> Option<T> {
        let node = self.get(key)?;
        node.noted(read(node))
    }

    /// Reads a member that may be absent but must be right if it is there.
    pub(super) fn maybe<'s, T>(
        &'s self,
        key: &'static str,
        read: impl FnOnce(Node<'a, 's>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        self.get(key).map(read).transpose()
    }

    pub(super) fn optional_text(&self, key: &'static str) -> Option<String> {
        self.optional(key, |node| node.text())
    }

    pub(super) fn optional_private(&self, key: &'static str) -> Option<Private> {
        self.optional(key, |node| node.private())
    }

    pub(super) fn optional_id<T: From<String>>(&self, key: &'static str) -> Option<T> {
        self.optional(key, |node| node.id())
    }

    pub(super) fn optional_numeric_id(&self, key: &'static str) -> Option<NumericId> {
        self.optional(key, |node| node.numeric_id())
    }

    pub(super) fn optional_time(&self, key: &'static str) -> Option<UnixMillis> {
        self.optional(key, |node| node.time())
    }

    /// Whether a flag is set; absent means it is not.
    pub(super) fn flag(&self, key: &'static str) -> Result<bool, Fault> {
        Ok(self.maybe(key, |node| node.boolean())?.unwrap_or(false))
    }

    /// Names and values of all members, in order, equal names as often as they occur.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, Node<'a, '_>)> {
        self.members.iter().map(|(name, value)| (name.as_ref(), self.node.reading.node(*value, self.node.at)))
    }
}

//! Answers to choose from, and buttons.
//!
//! An agent types them as the last lines of a message, `[[Yes]] [[No]]` or `[[Open the shop|https://shop.example]]`; other
//! apps send them as blocks of Rocket.Chat's UIKit. They become quick replies or a button template where the network has
//! room for them, and a numbered list where it has not.

use super::plain::plain;
use crate::outgoing::{Choice, Part};
use crate::web_url::WebUrl;
use meta_wire::limits;
use meta_wire::platform::Platform;
use meta_wire::split::split;
use serde_json::Value;

/// Takes the choices off the end of a text. Only lines of nothing but choices count; all else stays text.
pub fn take_choices(text: &str) -> (String, Vec<Choice>) {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut choices = Vec::new();
    while let Some(last) = lines.last() {
        let found = if last.trim().is_empty() { Some(Vec::new()) } else { choice_line(last) };
        let Some(mut found) = found else { break };
        found.append(&mut choices);
        choices = found;
        lines.pop();
    }
    if choices.is_empty() { (text.to_owned(), choices) } else { (lines.join("\n"), choices) }
}

fn choice_line(line: &str) -> Option<Vec<Choice>> {
    let mut rest = line.trim();
    let mut choices = Vec::new();
    while !rest.is_empty() {
        let (inner, tail) = rest.strip_prefix("[[")?.split_once("]]")?;
        choices.push(choice(inner)?);
        rest = tail.trim_start();
    }
    Some(choices)
}

fn choice(inner: &str) -> Option<Choice> {
    let (title, target) = match inner.split_once('|') {
        Some((title, target)) => (title, Some(link_target(target.trim())?)),
        None => (inner, None),
    };
    let title = plain(title);
    if title.is_empty() || title.contains(['[', ']', '\n']) {
        return None;
    }
    Some(Choice { payload: target.clone().unwrap_or_else(|| title.clone()), title, link: target.is_some() })
}

/// Where a button may lead: a web address or a telephone number, the latter as `+` and digits.
fn link_target(target: &str) -> Option<String> {
    if WebUrl::parse(target).is_some() {
        return Some(target.to_owned());
    }
    let number = target.strip_prefix("tel:").unwrap_or(target);
    let digits: String = number.chars().filter(|c| !" -()./".contains(*c)).collect();
    let is_number = digits.strip_prefix('+').is_some_and(|n| n.len() >= 4 && n.bytes().all(|b| b.is_ascii_digit()));
    is_number.then_some(digits)
}

/// What other apps' blocks say, and what they offer.
pub fn of_blocks(blocks: &[Value]) -> (String, Vec<Choice>) {
    let mut lines: Vec<String> = Vec::new();
    let mut choices = Vec::new();
    for block in blocks {
        let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
        lines.extend(words(block.get("text")));
        lines.extend(items(block, "fields").filter_map(|field| words(Some(field))));
        if kind == "image" {
            let url = block.get("imageUrl").or_else(|| block.get("image_url")).and_then(Value::as_str);
            let title = words(block.get("title")).or_else(|| text_at(block, "altText"));
            lines.extend(url.map(|url| title.map_or_else(|| url.to_owned(), |title| format!("{title}: {url}"))));
        }
        for element in items(block, "elements").chain(block.get("accessory")) {
            match kind {
                "context" => lines.extend(words(Some(element))),
                _ => add_element(element, &mut choices),
            }
        }
    }
    (lines.join("\n"), choices)
}

fn items<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    object.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

fn text_at(object: &Value, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(ToOwned::to_owned)
}

/// A text object of UIKit, or a bare text.
fn words(text: Option<&Value>) -> Option<String> {
    let text = text?;
    let words = plain(text.as_str().or_else(|| text.get("text")?.as_str())?);
    (!words.is_empty()).then_some(words)
}

fn add_element(element: &Value, choices: &mut Vec<Choice>) {
    if element.get("type").and_then(Value::as_str) == Some("button") {
        let url = text_at(element, "url").and_then(|url| link_target(&url));
        add_choice(element, url, choices);
    }
    for option in items(element, "options") {
        add_choice(option, None, choices);
    }
}

fn add_choice(element: &Value, url: Option<String>, choices: &mut Vec<Choice>) {
    let Some(title) = words(element.get("text")) else { return };
    let link = url.is_some();
    let payload = url.or_else(|| text_at(element, "value")).unwrap_or_else(|| title.clone());
    choices.push(Choice { title, payload, link });
}

/// A text with its choices as the messages the network takes.
pub fn text_parts(text: &str, choices: Vec<Choice>, platform: Platform) -> Vec<Part> {
    let (links, answers): (Vec<Choice>, Vec<Choice>) = choices.iter().cloned().partition(|choice| choice.link);
    if !links.is_empty() && !text.trim().is_empty() && fits_template(&choices, platform) {
        return template_parts(text, choices, platform);
    }
    let mut text = text.to_owned();
    for link in &links {
        push_line(&mut text, &format!("{}: {}", link.title, link.payload));
    }
    let fits = limits::QUICK_REPLIES.check_count(answers.len()).is_ok()
        && answers.iter().all(|answer| {
            limits::QUICK_REPLY_TITLE.check(&answer.title).is_ok()
                && limits::QUICK_REPLY_PAYLOAD.check(&answer.payload).is_ok()
        });
    // Instagram draws quick replies on telephones only, Messenger everywhere; a message must say something besides.
    if !fits || platform == Platform::Instagram || text.trim().is_empty() {
        let numbered: Vec<(String, &str)> =
            answers.iter().enumerate().map(|(at, answer)| ((at + 1).to_string(), answer.title.as_str())).collect();
        if numbered.iter().any(|(number, title)| number != title) {
            numbered.iter().for_each(|(number, title)| push_line(&mut text, &format!("{number}. {title}")));
        } else if !numbered.is_empty() {
            // A scale needs no numbers beside its own.
            push_line(&mut text, &numbered.iter().map(|(number, _)| number.as_str()).collect::<Vec<_>>().join(" "));
        }
    }
    let mut parts = plain_parts(&text, platform);
    if let Some(last) = parts.last_mut().filter(|_| fits) {
        last.choices = answers;
    }
    parts
}

fn push_line(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

fn plain_parts(text: &str, platform: Platform) -> Vec<Part> {
    let pieces = split(text, limits::text(platform));
    pieces.iter().filter(|piece| !piece.trim().is_empty()).map(|text| part(text.trim_end())).collect()
}

fn part(text: &str) -> Part {
    Part { text: text.to_owned(), ..Part::default() }
}

fn fits_template(choices: &[Choice], platform: Platform) -> bool {
    limits::BUTTONS.check_count(choices.len()).is_ok()
        && choices.iter().all(|choice| {
            limits::BUTTON_TITLE.check(&choice.title).is_ok()
                && limits::POSTBACK_PAYLOAD.check(&choice.payload).is_ok()
                && (platform == Platform::Messenger || !choice.payload.starts_with('+') || !choice.link)
        })
}

/// Buttons stand under the last piece of the text; what is before it goes ahead.
fn template_parts(text: &str, choices: Vec<Choice>, platform: Platform) -> Vec<Part> {
    let pieces = split(text, limits::BUTTON_TEMPLATE_TEXT);
    let last = pieces.iter().rposition(|piece| !piece.trim().is_empty()).unwrap_or_default();
    let ahead: String = pieces.iter().take(last).map(String::as_str).collect();
    let mut parts = plain_parts(&ahead, platform);
    let under = pieces.get(last).map(|piece| piece.trim_end()).unwrap_or_default();
    parts.push(Part { choices, ..part(under) });
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(choices: &[Choice]) -> Vec<String> {
        choices.iter().map(|c| format!("{}={}{}", c.title, c.payload, if c.link { "!" } else { "" })).collect()
    }

    #[test]
    fn choices_are_lines_of_their_own_at_the_end() {
        for (text, rest, choices) in [
            ("Blue?\n[[Yes]] [[No]]", "Blue?", vec!["Yes=Yes", "No=No"]),
            ("Blue?\n[[Yes]][[No]]\n\n", "Blue?", vec!["Yes=Yes", "No=No"]),
            ("Which?\n[[A]]\n[[B]]", "Which?", vec!["A=A", "B=B"]),
            ("[[A]]\ntext\n[[B]]", "[[A]]\ntext", vec!["B=B"]),
            ("Go\n[[Shop|https://s.example/a]]", "Go", vec!["Shop=https://s.example/a!"]),
            ("Go\n[[Call us|tel:+49 30 12-34]]", "Go", vec!["Call us=+49301234!"]),
            ("Go\n[[*Bold* :smile:]]", "Go", vec!["Bold 😄=Bold 😄"]),
            ("text [[Yes]]", "text [[Yes]]", vec![]),
            ("x\n[[Yes]] or [[No]]", "x\n[[Yes]] or [[No]]", vec![]),
            ("x\n[[]]", "x\n[[]]", vec![]),
            ("x\n[[a|not a link]]", "x\n[[a|not a link]]", vec![]),
            ("x\n[[a|https://]]", "x\n[[a|https://]]", vec![]),
            ("x\n[[a|javascript:alert(1)]]", "x\n[[a|javascript:alert(1)]]", vec![]),
            ("x\n[[open", "x\n[[open", vec![]),
            ("[[Only]]", "", vec!["Only=Only"]),
            ("", "", vec![]),
        ] {
            let (found, found_choices) = take_choices(text);
            assert_eq!(
                (found.as_str(), shown(&found_choices)),
                (rest, choices.iter().map(ToString::to_string).collect())
            );
        }
    }

    fn answers(count: usize) -> Vec<Choice> {
        let one = |n| Choice { title: format!("A{n}"), payload: format!("P{n}"), link: false };
        (1..=count).map(one).collect()
    }

    fn link(title: &str) -> Choice {
        Choice { title: title.into(), payload: "https://x.example/".into(), link: true }
    }

    #[test]
    fn choices_take_the_form_the_network_has_room_for() {
        use Platform::{Instagram, Messenger};
        let long = Choice { title: "far longer than twenty".into(), payload: "p".into(), link: false };
        let phone = Choice { title: "Call".into(), payload: "+4930".into(), link: true };
        for (platform, choices, text, under) in [
            (Messenger, answers(2), "Q?", 2),
            (Messenger, answers(13), "Q?", 13),
            (Instagram, answers(2), "Q?\n1. A1\n2. A2", 2),
            (Messenger, vec![long.clone()], "Q?\n1. far longer than twenty", 0),
            (Messenger, vec![link("Shop")], "Q?", 1),
            (Instagram, vec![link("Shop")], "Q?", 1),
            (Instagram, vec![phone.clone()], "Q?\nCall: +4930", 0),
            (Messenger, vec![phone], "Q?", 1),
            (Messenger, [vec![link("Shop")], answers(2)].concat(), "Q?", 3),
            (Messenger, [vec![link("Shop")], answers(3)].concat(), "Q?\nShop: https://x.example/", 3),
            (Messenger, vec![link("far longer than twenty")], "Q?\nfar longer than twenty: https://x.example/", 0),
        ] {
            let parts = text_parts("Q?", choices, platform);
            assert_eq!(parts.len(), 1);
            assert_eq!((parts[0].text.as_str(), parts[0].choices.len()), (text, under));
        }
        let many = text_parts("Q?", answers(14), Messenger);
        assert!(many[0].choices.is_empty() && many[0].text.ends_with("\n14. A14"));
        let nothing = text_parts("", answers(2), Messenger);
        assert_eq!((nothing[0].text.as_str(), nothing[0].choices.len()), ("1. A1\n2. A2", 2));
    }

    #[test]
    fn long_texts_go_ahead_of_their_choices() {
        let text = "word ".repeat(500);
        for (platform, choices) in [
            (Platform::Messenger, answers(2)),
            (Platform::Instagram, answers(2)),
            (Platform::Messenger, vec![link("Shop")]),
            (Platform::Instagram, vec![link("Shop")]),
        ] {
            let parts = text_parts(&text, choices.clone(), platform);
            assert!(parts.len() > 1);
            let (last, ahead) = parts.split_last().unwrap();
            assert_eq!(last.choices, choices);
            assert!(ahead.iter().all(|part| part.choices.is_empty()));
            assert!(parts.iter().all(|part| limits::text(platform).check(&part.text).is_ok()));
            assert_eq!(parts.iter().map(|part| part.text.matches("word").count()).sum::<usize>(), 500);
        }
    }

    #[test]
    fn blocks_of_other_apps() {
        let button = |text: &str, more: Value| {
            let mut button = json!({ "type": "button", "text": { "type": "plain_text", "text": text } });
            button.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            button
        };
        let option =
            |text: &str, value: &str| json!({ "text": { "type": "plain_text", "text": text }, "value": value });
        let blocks = [
            json!({ "type": "section", "text": { "type": "mrkdwn", "text": "*Which* one?" },
                    "accessory": button("Help", json!({ "value": "help" })) }),
            json!({ "type": "context", "elements": [{ "type": "plain_text", "text": "small print" }] }),
            json!({ "type": "image", "imageUrl": "https://x.example/a.png", "altText": "a cat" }),
            json!({ "type": "actions", "elements": [
                button("Shop", json!({ "url": "https://shop.example" })),
                button("Bare", json!({})),
                { "type": "static_select", "options": [option("One", "1"), option("Two", "2")] },
                { "type": "datepicker" }, 7, null,
            ]}),
            json!({ "type": "divider" }),
            json!("odd"),
        ];
        let (text, choices) = of_blocks(&blocks);
        assert_eq!(text, "Which one?\nsmall print\na cat: https://x.example/a.png");
        let expected = ["Help=help", "Shop=https://shop.example!", "Bare=Bare", "One=1", "Two=2"];
        assert_eq!(shown(&choices), expected);
    }
}

//! Files from the room.

use super::*;
use omni_core::host::FileRef;

impl Scene {
    fn sends(&self, name: &str, bytes: &[u8], caption: &str) -> String {
        let id = self.world.rocket_chat_mut().sends_file("agent", &self.room, name, bytes, caption);
        self.app.deliver_events();
        self.world.settle();
        id
    }

    /// Method, edge, kind and file of each request.
    fn requests(&self) -> Vec<String> {
        let meta = self.world.meta();
        let shown = |request: &MetaRequest| {
            let edge = request.path().rsplit('/').next().unwrap().to_owned();
            let message = &request.body["message"];
            let attachment = &message["attachment"];
            let what = match attachment["type"].as_str() {
                Some(kind) => match attachment["payload"]["attachment_id"].as_str() {
                    Some(id) => format!("{kind} {id}"),
                    None => kind.to_owned(),
                },
                None => match message["attachments"].as_array() {
                    Some(all) => format!("{} images", all.len()),
                    None => message["text"].as_str().unwrap_or_default().to_owned(),
                },
            };
            let file = request.file.as_ref().map(|file| format!(" <{}>", file.len())).unwrap_or_default();
            format!("{edge} {what}{file}")
        };
        let all = meta.requests.iter().filter(|request| request.body["sender_action"].is_null());
        all.map(shown).collect()
    }
}

#[test]
fn files_go_as_uploads() {
    use Channel::{Facebook, Instagram};
    let cases: Vec<(Channel, &str, &str, Vec<&str>)> = vec![
        (Facebook, "cat.png", "", vec!["messages image <4>"]),
        (Facebook, "tune.mp3", "", vec!["messages audio <4>"]),
        (Facebook, "film.mp4", "", vec!["messages video <4>"]),
        (Facebook, "notes.txt", "", vec!["messages file <4>"]),
        (Facebook, "cat.png", "*My* cat", vec!["messages image <4>", "messages Anna Agent: My cat"]),
        (Instagram, "cat.png", "", vec!["message_attachments image <4>", "messages image attachment_1"]),
        (Instagram, "plan.pdf", "", vec!["message_attachments file <4>", "messages file attachment_1"]),
        (
            Instagram,
            "cat.png",
            "My cat",
            vec!["message_attachments image <4>", "messages image attachment_1", "messages Anna Agent: My cat"],
        ),
    ];
    for (channel, name, caption, expected) in cases {
        let scene = scene(channel);
        scene.sends(name, b"data", caption);
        assert_eq!(scene.requests(), expected, "{channel:?} {name}");
        assert_eq!(scene.whispers(), Vec::<String>::new());
        let meta = scene.world.meta();
        let upload = &meta.requests[0];
        assert_eq!(upload.body["filedata"], name);
        // Nothing of the workspace's addresses leaves.
        let all = format!("{:?}", meta.requests);
        assert!(!all.contains("file-upload") && !all.contains("chat.example.com"));
    }
}

#[test]
fn several_images_are_one_message_on_instagram() {
    for (channel, expected) in [
        (
            Channel::Instagram,
            vec![
                "message_attachments image <4>",
                "message_attachments image <4>",
                "messages 2 images",
                "messages Anna Agent: Two",
            ],
        ),
        (Channel::Facebook, vec!["messages image <4>", "messages image <4>", "messages Anna Agent: Two"]),
    ] {
        let scene = scene(channel);
        scene.sends("one.png", b"data", "");
        let second = scene.sends("two.png", b"data", "");
        let file = scene.world.rocket_chat().message(&second).unwrap().message.files[0].clone();
        let first = scene.world.rocket_chat().messages.iter().find_map(|m| m.message.files.first().cloned()).unwrap();
        scene.quiet();
        scene.says_with("Two", |message| message.files = vec![first, file]);
        assert_eq!(scene.requests(), expected);
    }
}

#[test]
fn several_images_go_one_by_one_where_instagram_takes_no_more() {
    let scene = scene(Channel::Instagram);
    scene.sends("one.png", b"data", "");
    let file = scene.world.rocket_chat().messages.iter().find_map(|m| m.message.files.first().cloned()).unwrap();
    let three = || vec![file.clone(), file.clone(), file.clone()];
    scene.quiet();
    scene.world.meta_mut().expect("POST", "/messages").error(400, 100, Some(2_534_068));
    scene.says_with("Three", |message| message.files = three());
    let one = ["message_attachments image <4>", "messages image attachment"];
    let requests: Vec<String> = scene
        .requests()
        .into_iter()
        .map(|text| text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_').to_owned())
        .collect();
    let uploads = [one[0]; 3];
    let singles = [one; 3].concat();
    let expected = [&uploads[..], &["messages 3 images"], &singles, &["messages Anna Agent: Three"]].concat();
    assert_eq!(requests, expected);
    assert_eq!(scene.whispers(), Vec::<String>::new());
    // The account is known by then.
    scene.quiet();
    scene.says_with("Again", |message| message.files = three());
    assert_eq!(scene.world.meta().sent_to("POST", "/messages").len(), 4);
    assert!(scene.world.meta().messages().iter().all(|body| body["message"]["attachments"].is_null()));
}

#[test]
fn a_type_goes_out_under_its_registered_name() {
    for channel in NETWORKS {
        let scene = scene(channel);
        scene.sends("cat.jpg", b"data", "");
        let file = scene.world.rocket_chat().messages.iter().find_map(|m| m.message.files.first().cloned()).unwrap();
        scene.quiet();
        scene.says_with("", |message| {
            message.files = vec![FileRef { media_type: "image/jpg".to_owned(), ..file }];
        });
        assert_eq!(scene.whispers(), Vec::<String>::new(), "{channel:?}");
        assert_eq!(scene.world.meta().messages().len(), 1, "{channel:?}");
    }
}

#[test]
fn what_may_not_go_is_said_with_what_would() {
    use Channel::{Facebook, Instagram};
    let big = vec![0; 9 * 1024 * 1024];
    let huge = vec![0; 26 * 1024 * 1024];
    type Case<'a> = (Channel, &'a str, &'a [u8], &'a str, Value, &'a str);
    let cases: Vec<Case<'_>> = vec![
        (Instagram, "notes.txt", b"data", "", json!(null), "Of this kind the network takes PDF."),
        (Instagram, "cat.webp", b"data", "", json!(null), "Of this kind the network takes PNG, JPEG, GIF."),
        (Instagram, "cat.png", &big, "", json!(null), "\"cat.png\" is larger than 8 MB."),
        (Facebook, "cat.png", &huge, "", json!(null), "\"cat.png\" is larger than 25 MB."),
        (Facebook, "cat.png", &big, "file_upload_max_mb", json!(5), "\"cat.png\" is larger than 5 MB."),
        (Facebook, "cat.png", b"data", "file_upload_enabled", json!(false), "Files are switched off"),
        (
            Facebook,
            "film.mp4",
            b"data",
            "accepted_media_types",
            json!(["image", "file"]),
            "Files like \"film.mp4\" are not among",
        ),
    ];
    for (channel, name, bytes, setting, value, expected) in cases {
        let scene = scene(channel);
        if !setting.is_empty() {
            scene.set(setting, value);
        }
        let id = scene.sends(name, bytes, "the caption");
        assert_eq!(scene.requests(), Vec::<String>::new(), "{name}: nothing goes, not half of it either");
        let whispers = scene.whispers();
        assert!(whispers.len() == 1 && whispers[0].contains(expected), "{name}: {whispers:?}");
        assert_eq!(scene.marks(&id), [":warning:"]);
    }
}

#[test]
fn a_file_whose_size_the_server_did_not_tell_is_checked_once_it_is_read() {
    let scene = scene(Channel::Facebook);
    scene.set("file_upload_max_mb", json!(1));
    let id = scene.sends("cat.png", &vec![0; 2 * 1024 * 1024], "");
    let mut file = scene.world.rocket_chat().message(&id).unwrap().message.files[0].clone();
    scene.quiet();
    file.size = 0;
    scene.says_with("", |message| message.files = vec![file]);
    assert_eq!(scene.requests(), Vec::<String>::new());
    assert!(scene.whispers()[0].contains("larger than 1 MB"), "{:?}", scene.whispers());
}

#[test]
fn a_file_that_is_gone_is_said() {
    let scene = scene(Channel::Facebook);
    let id = scene.world.rocket_chat_mut().sends_file("agent", &scene.room, "cat.png", b"data", "");
    scene.world.rocket_chat_mut().files.clear();
    scene.app.deliver_events();
    assert!(scene.whispers()[0].contains("could not be read"), "{:?}", scene.whispers());
    assert_eq!(scene.marks(&id), [":warning:"]);
}

#[test]
fn a_file_that_meta_refuses_keeps_its_caption_back() {
    let scene = scene(Channel::Instagram);
    scene.world.meta_mut().expect("POST", "message_attachments").error(400, 100, Some(2_018_109));
    scene.sends("cat.png", b"data", "My cat");
    assert_eq!(scene.requests().len(), 1);
    assert!(scene.whispers()[0].contains("too large"), "{:?}", scene.whispers());
}

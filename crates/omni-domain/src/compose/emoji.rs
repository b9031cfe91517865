//! Emoji shortcodes: what Rocket.Chat's picker types for the emoji people use most.
//!
//! A complete table would outweigh the rest of this module by far; a name that is not here goes out as it was typed.

/// Names and their emoji, several names parted by a space.
const EMOJI: &[(&str, &str)] = &[
    ("smile", "😄"),
    ("smiley", "😃"),
    ("grinning", "😀"),
    ("grin", "😁"),
    ("laughing satisfied", "😆"),
    ("sweat_smile", "😅"),
    ("joy", "😂"),
    ("rofl", "🤣"),
    ("slight_smile slightly_smiling_face", "🙂"),
    ("upside_down upside_down_face", "🙃"),
    ("wink", "😉"),
    ("blush", "😊"),
    ("relaxed", "☺️"),
    ("innocent", "😇"),
    ("smiling_face_with_3_hearts smiling_face_with_three_hearts", "🥰"),
    ("heart_eyes", "😍"),
    ("star_struck", "🤩"),
    ("kissing_heart", "😘"),
    ("yum", "😋"),
    ("stuck_out_tongue", "😛"),
    ("stuck_out_tongue_winking_eye", "😜"),
    ("hugging hugs", "🤗"),
    ("thinking thinking_face", "🤔"),
    ("neutral_face", "😐"),
    ("expressionless", "😑"),
    ("smirk", "😏"),
    ("unamused", "😒"),
    ("rolling_eyes", "🙄"),
    ("grimacing", "😬"),
    ("relieved", "😌"),
    ("pensive", "😔"),
    ("sleepy", "😪"),
    ("sleeping", "😴"),
    ("mask", "😷"),
    ("sunglasses", "😎"),
    ("nerd nerd_face", "🤓"),
    ("confused", "😕"),
    ("worried", "😟"),
    ("slight_frown slightly_frowning_face", "🙁"),
    ("open_mouth", "😮"),
    ("astonished", "😲"),
    ("flushed", "😳"),
    ("pleading_face", "🥺"),
    ("cry", "😢"),
    ("sob", "😭"),
    ("scream", "😱"),
    ("disappointed", "😞"),
    ("sweat", "😓"),
    ("weary", "😩"),
    ("tired_face", "😫"),
    ("triumph", "😤"),
    ("rage", "😡"),
    ("angry", "😠"),
    ("partying_face", "🥳"),
    ("shrug", "🤷"),
    ("facepalm", "🤦"),
    ("see_no_evil", "🙈"),
    ("wave", "👋"),
    ("thumbsup +1", "👍"),
    ("thumbsdown -1", "👎"),
    ("ok_hand", "👌"),
    ("v", "✌️"),
    ("fingers_crossed crossed_fingers", "🤞"),
    ("clap", "👏"),
    ("raised_hands", "🙌"),
    ("pray", "🙏"),
    ("handshake", "🤝"),
    ("muscle", "💪"),
    ("point_right", "👉"),
    ("point_left", "👈"),
    ("point_up", "☝️"),
    ("point_down", "👇"),
    ("raised_hand", "✋"),
    ("fist", "✊"),
    ("punch", "👊"),
    ("eyes", "👀"),
    ("heart", "❤️"),
    ("orange_heart", "🧡"),
    ("yellow_heart", "💛"),
    ("green_heart", "💚"),
    ("blue_heart", "💙"),
    ("purple_heart", "💜"),
    ("black_heart", "🖤"),
    ("white_heart", "🤍"),
    ("broken_heart", "💔"),
    ("two_hearts", "💕"),
    ("sparkling_heart", "💖"),
    ("hearts", "♥️"),
    ("sparkles", "✨"),
    ("star", "⭐"),
    ("star2", "🌟"),
    ("fire", "🔥"),
    ("100", "💯"),
    ("tada", "🎉"),
    ("confetti_ball", "🎊"),
    ("gift", "🎁"),
    ("balloon", "🎈"),
    ("birthday", "🎂"),
    ("rose", "🌹"),
    ("sunflower", "🌻"),
    ("bouquet", "💐"),
    ("sunny", "☀️"),
    ("snowflake", "❄️"),
    ("rainbow", "🌈"),
    ("coffee", "☕"),
    ("beers", "🍻"),
    ("champagne", "🍾"),
    ("pizza", "🍕"),
    ("cake", "🍰"),
    ("white_check_mark", "✅"),
    ("heavy_check_mark", "✔️"),
    ("x", "❌"),
    ("warning", "⚠️"),
    ("question", "❓"),
    ("exclamation heavy_exclamation_mark", "❗"),
    ("bulb", "💡"),
    ("bell", "🔔"),
    ("lock", "🔒"),
    ("key", "🔑"),
    ("mag", "🔍"),
    ("link", "🔗"),
    ("paperclip", "📎"),
    ("pushpin", "📌"),
    ("round_pushpin", "📍"),
    ("calendar", "📆"),
    ("date", "📅"),
    ("clock3", "🕒"),
    ("hourglass", "⌛"),
    ("telephone_receiver", "📞"),
    ("iphone", "📱"),
    ("computer", "💻"),
    ("camera", "📷"),
    ("email envelope", "✉️"),
    ("incoming_envelope", "📨"),
    ("package", "📦"),
    ("shopping_cart", "🛒"),
    ("shopping_bags", "🛍️"),
    ("credit_card", "💳"),
    ("moneybag", "💰"),
    ("euro", "💶"),
    ("dollar", "💵"),
    ("truck", "🚚"),
    ("airplane", "✈️"),
    ("red_car", "🚗"),
    ("house", "🏠"),
    ("rocket", "🚀"),
    ("earth_africa", "🌍"),
    ("arrow_right", "➡️"),
    ("arrow_down", "⬇️"),
    ("dog", "🐶"),
    ("cat", "🐱"),
    ("kissing", "😗"),
    ("kissing_smiling_eyes", "😙"),
    ("kissing_closed_eyes", "😚"),
    ("zany_face", "🤪"),
    ("face_with_raised_eyebrow", "🤨"),
    ("face_with_monocle", "🧐"),
    ("smiling_imp", "😈"),
    ("money_mouth money_mouth_face", "🤑"),
    ("zipper_mouth zipper_mouth_face", "🤐"),
    ("shushing_face", "🤫"),
    ("face_with_hand_over_mouth", "🤭"),
    ("no_mouth", "😶"),
    ("drooling_face", "🤤"),
    ("thermometer_face face_with_thermometer", "🤒"),
    ("head_bandage face_with_head_bandage", "🤕"),
    ("nauseated_face", "🤢"),
    ("sneezing_face", "🤧"),
    ("hot_face", "🥵"),
    ("cold_face", "🥶"),
    ("dizzy_face", "😵"),
    ("exploding_head", "🤯"),
    ("cowboy face_with_cowboy_hat", "🤠"),
    ("frowning2", "☹️"),
    ("frowning", "😦"),
    ("hushed", "😯"),
    ("anguished", "😧"),
    ("fearful", "😨"),
    ("cold_sweat", "😰"),
    ("disappointed_relieved", "😥"),
    ("persevere", "😣"),
    ("confounded", "😖"),
    ("yawning_face", "🥱"),
    ("poop hankey", "💩"),
    ("ghost", "👻"),
    ("robot robot_face", "🤖"),
    ("open_hands", "👐"),
    ("palms_up_together", "🤲"),
    ("metal", "🤘"),
    ("love_you_gesture", "🤟"),
    ("call_me call_me_hand", "🤙"),
    ("hand_splayed", "🖐️"),
    ("point_up_2", "👆"),
    ("writing_hand", "✍️"),
    ("kiss", "💋"),
    ("cupid", "💘"),
    ("heartpulse", "💗"),
    ("heartbeat", "💓"),
    ("revolving_hearts", "💞"),
    ("gift_heart", "💝"),
    ("heart_exclamation", "❣️"),
    ("boom", "💥"),
    ("zzz", "💤"),
    ("sweat_drops", "💦"),
    ("zap", "⚡"),
    ("cloud", "☁️"),
    ("umbrella", "☔"),
    ("tulip", "🌷"),
    ("cherry_blossom", "🌸"),
    ("four_leaf_clover", "🍀"),
    ("christmas_tree", "🎄"),
    ("santa", "🎅"),
    ("trophy", "🏆"),
    ("crown", "👑"),
    ("gem", "💎"),
    ("ring", "💍"),
    ("wrench", "🔧"),
    ("tools", "🛠️"),
    ("gear", "⚙️"),
    ("alarm_clock", "⏰"),
    ("watch", "⌚"),
    ("speech_balloon", "💬"),
    ("loudspeaker", "📢"),
    ("mega", "📣"),
    ("no_entry", "⛔"),
    ("no_entry_sign", "🚫"),
    ("arrow_left", "⬅️"),
    ("arrow_up", "⬆️"),
    ("new", "🆕"),
    ("ok", "🆗"),
    ("sos", "🆘"),
    ("information_source", "ℹ️"),
    ("recycle", "♻️"),
    ("mailbox", "📫"),
    ("inbox_tray", "📥"),
    ("outbox_tray", "📤"),
    ("pencil memo", "📝"),
    ("pencil2", "✏️"),
    ("clipboard", "📋"),
    ("bar_chart", "📊"),
    ("chart_with_upwards_trend", "📈"),
    ("page_facing_up", "📄"),
    ("file_folder", "📁"),
    ("book", "📖"),
    ("books", "📚"),
    ("earth_americas", "🌎"),
    ("globe_with_meridians", "🌐"),
    ("bus", "🚌"),
    ("bike", "🚲"),
    ("hospital", "🏥"),
    ("office", "🏢"),
    ("bank", "🏦"),
    ("hotel", "🏨"),
    ("dress", "👗"),
    ("jeans", "👖"),
    ("shirt", "👕"),
    ("athletic_shoe", "👟"),
    ("handbag", "👜"),
    ("lipstick", "💄"),
    ("wine_glass", "🍷"),
    ("beer", "🍺"),
    ("tea", "🍵"),
    ("hamburger", "🍔"),
    ("pound", "💷"),
    ("zero", "0️⃣"),
    ("one", "1️⃣"),
    ("two", "2️⃣"),
    ("three", "3️⃣"),
    ("four", "4️⃣"),
    ("five", "5️⃣"),
    ("six", "6️⃣"),
    ("seven", "7️⃣"),
    ("eight", "8️⃣"),
    ("nine", "9️⃣"),
    ("keycap_ten", "🔟"),
];

/// The emoji of a shortcode, given without its colons. A skin tone at the end (`_tone1` to `_tone5`) is applied.
pub fn emoji(name: &str) -> Option<String> {
    let (base, tone) = match name.rsplit_once("_tone") {
        Some((base, digit)) => (base, Some(digit.parse::<u32>().ok().filter(|tone| (1..=5).contains(tone))?)),
        None => (name, None),
    };
    let (_, found) = EMOJI.iter().find(|(names, _)| names.split(' ').any(|known| known == base))?;
    let mut found = (*found).to_owned();
    if let Some(tone) = tone.and_then(|tone| char::from_u32(0x1f3fa + tone)) {
        found = found.trim_end_matches('\u{fe0f}').to_owned();
        found.push(tone);
    }
    Some(found)
}

/// The shortcode of an emoji, whatever its skin tone.
pub fn shortcode(emoji: &str) -> Option<&'static str> {
    // Nor do the two sides agree on where a variation selector stands.
    let plain = |emoji: &str| {
        emoji.chars().filter(|c| *c != '\u{fe0f}' && !('\u{1f3fb}'..='\u{1f3ff}').contains(c)).collect::<String>()
    };
    let wanted = plain(emoji);
    let (names, _) = EMOJI.iter().find(|(_, known)| plain(known) == wanted)?;
    names.split(' ').next()
}

/// The emoji of a reaction as Rocket.Chat writes it: `:heart:`.
pub fn of_reaction(shortcode: &str) -> Option<String> {
    let name = shortcode.trim_matches(':');
    // A reaction set through the API may be the character itself.
    emoji(name).or_else(|| (!name.is_ascii()).then(|| name.to_owned()))
}

/// Whether Instagram takes it through a Page: there it has hearts only
/// ([reactions](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/sender-actions)).
pub fn is_heart(emoji: &str) -> bool {
    matches!(emoji.trim_end_matches('\u{fe0f}'), "\u{2764}" | "\u{2665}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcodes() {
        for (name, expected) in [
            ("smile", Some("😄")),
            ("+1", Some("👍")),
            ("thumbsup", Some("👍")),
            ("thumbsup_tone3", Some("👍🏽")),
            ("point_up_tone1", Some("☝🏻")),
            ("thumbsup_tone9", None),
            ("thumbsup_tone", None),
            ("our_own_logo", None),
            ("", None),
        ] {
            assert_eq!(emoji(name).as_deref(), expected, "{name}");
        }
        assert_eq!(
            (shortcode("❤"), shortcode("👍🏿"), shortcode("☝🏻")),
            (Some("heart"), Some("thumbsup"), Some("point_up"))
        );
        assert_eq!((shortcode("🦄"), shortcode("")), (None, None));
        assert_eq!(of_reaction(":heart:").as_deref(), Some("❤️"));
        assert_eq!(of_reaction("🦀").as_deref(), Some("🦀"));
        assert_eq!(of_reaction(":our_own_logo:"), None);
        assert!(is_heart("❤️") && is_heart("♥") && !is_heart("💔"));
    }

    #[test]
    fn no_name_stands_for_two_emoji() {
        let names: Vec<&str> = EMOJI.iter().flat_map(|(names, _)| names.split(' ')).collect();
        let unique: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
    }
}

//! Every code of Meta's table, given by the letter of what has to be done about it: T try again, R rate, A token,
//! P permission or setting, W window, U person, I invalid, O thread owner, B business, S maybe sent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use meta_wire::answer::{Call, Class, HttpAnswer, TABLE, classify};

/// code, subcode, letter. Where Meta prints a subcode as a bare code too, both lines are here.
const EXPECTED: &[(i64, Option<i64>, char)] = &[
    (1, None, 'T'),
    (1, Some(99), 'T'),
    (1, Some(1_357_046), 'S'),
    (1, Some(2_018_382), 'I'),
    (2, None, 'T'),
    (2, Some(1_545_133), 'T'),
    (2, Some(2_018_344), 'P'),
    (3, None, 'P'),
    (4, None, 'R'),
    (4, Some(2_018_354), 'I'),
    (9, Some(2_018_352), 'I'),
    (10, None, 'P'),
    (10, Some(2_018_278), 'W'),
    (10, Some(2_534_022), 'W'),
    (10, Some(2_018_065), 'W'),
    (10, Some(2_018_108), 'U'),
    (10, Some(2_018_300), 'O'),
    (2_018_300, None, 'O'),
    (10, Some(2_018_321), 'O'),
    (2_018_321, None, 'O'),
    (10, Some(2_534_077), 'P'),
    (10, Some(1_893_063), 'B'),
    (10, Some(1_404_170), 'B'),
    (10, Some(1_893_015), 'U'),
    (17, None, 'R'),
    (32, None, 'R'),
    (100, None, 'I'),
    (100, Some(33), 'P'),
    (100, Some(2_018_001), 'U'),
    (100, Some(2_018_008), 'I'),
    (100, Some(2_018_047), 'I'),
    (100, Some(2_018_074), 'I'),
    (100, Some(2_018_109), 'I'),
    (100, Some(2_018_294), 'I'),
    (100, Some(2_018_014), 'I'),
    (100, Some(2_018_164), 'I'),
    (100, Some(2_534_013), 'P'),
    (100, Some(2_534_014), 'U'),
    (100, Some(2_534_015), 'I'),
    (100, Some(2_534_025), 'I'),
    (100, Some(2_534_029), 'B'),
    (100, Some(2_534_037), 'O'),
    (100, Some(2_534_001), 'U'),
    (100, Some(2_534_068), 'I'),
    (508, Some(2_534_122), 'T'),
    (102, None, 'A'),
    (102, Some(463), 'A'),
    (190, None, 'A'),
    (190, Some(458), 'A'),
    (190, Some(459), 'A'),
    (190, Some(460), 'A'),
    (190, Some(463), 'A'),
    (190, Some(464), 'A'),
    (190, Some(467), 'A'),
    (190, Some(492), 'A'),
    (200, None, 'P'),
    (200, Some(1_545_041), 'U'),
    (200, Some(2_018_028), 'P'),
    (200, Some(2_018_027), 'P'),
    (200, Some(2_018_021), 'P'),
    (200, Some(2_534_041), 'P'),
    (299, None, 'P'),
    (230, None, 'U'),
    (341, None, 'R'),
    (368, None, 'B'),
    (551, None, 'U'),
    (551, Some(1_545_041), 'U'),
    (613, None, 'R'),
    (613, Some(2_534_040), 'R'),
    (613, Some(2_018_338), 'B'),
    (613, Some(1996), 'R'),
    (613, Some(1_893_016), 'I'),
    (1200, None, 'T'),
    (2022, None, 'B'),
    (2_018_218, None, 'U'),
    (2_018_247, None, 'P'),
    (2_018_171, None, 'O'),
    (2_018_234, None, 'O'),
    (9_000_001, None, 'I'),
    (100, Some(36_007), 'I'),
    (100, Some(36_008), 'I'),
    (100, Some(36_009), 'I'),
    (2200, None, 'I'),
    (9010, None, 'U'),
    (36_103, None, 'P'),
    (80_001, None, 'R'),
    (80_002, None, 'R'),
    (80_006, None, 'R'),
];

fn letter(class: &Class) -> char {
    match class {
        Class::RetryLater { .. } => 'T',
        Class::RateLimited { .. } => 'R',
        Class::TokenDead(_) => 'A',
        Class::PermissionMissing(_) => 'P',
        Class::OutsideWindow => 'W',
        Class::Unreachable(_) => 'U',
        Class::Invalid(_) => 'I',
        Class::NotThreadOwner(_) => 'O',
        Class::Restricted(_) => 'B',
        Class::MaybeSent => 'S',
        Class::Unreadable | Class::Unknown => '?',
    }
}

fn refused(code: i64, subcode: Option<i64>, transient: bool) -> meta_wire::answer::Refusal {
    let mut error = serde_json::json!({ "message": "m", "code": code, "is_transient": transient });
    if let Some(subcode) = subcode {
        error["error_subcode"] = subcode.into();
    }
    classify(Call::Send, &HttpAnswer::new(400, [], serde_json::json!({ "error": error }).to_string())).unwrap_err()
}

#[test]
fn every_documented_code_has_its_class() {
    for &(code, subcode, expected) in EXPECTED {
        for transient in [false, true] {
            let found = refused(code, subcode, transient);
            // A bare 100 says nothing: then Meta's own word that it passes counts.
            let expected = if (code, subcode, transient) == (100, None, true) { 'T' } else { expected };
            assert_eq!(letter(&found.class), expected, "code {code}, subcode {subcode:?}, transient {transient}");
            assert_eq!((found.code, found.subcode, found.transient), (Some(code), subcode, transient));
        }
    }
}

#[test]
fn every_row_of_the_table_is_in_the_documented_list_and_reached() {
    for row in TABLE {
        let listed = EXPECTED.iter().any(|&(code, subcode, _)| match row.code {
            Some(_) => row.code == Some(code) && row.subcode == subcode,
            None => row.subcode == subcode || row.subcode == Some(code),
        });
        assert!(listed, "{row:?} is not in the documented list");
        let same = TABLE.iter().filter(|other| (other.code, other.subcode) == (row.code, row.subcode)).count();
        assert_eq!(same, 1, "{row:?} stands twice");
        let found = refused(row.code.unwrap_or(100), row.subcode, false);
        assert_eq!(found.class, row.class);
    }
}

#[test]
fn a_known_code_with_an_unknown_subcode_keeps_the_codes_class() {
    for (code, expected) in [(10, 'P'), (100, 'I'), (190, 'A'), (200, 'P'), (613, 'R'), (551, 'U')] {
        assert_eq!(letter(&refused(code, Some(7_777_777), false).class), expected, "{code}");
    }
}

#[test]
fn an_ended_session_has_the_tokens_subcodes() {
    for subcode in [458, 459, 460, 463, 464, 467, 492] {
        assert_eq!(refused(102, Some(subcode), false).class, refused(190, Some(subcode), false).class);
    }
    assert_eq!(refused(102, Some(463), false).class.detail(), Some("expired"));
}

#[test]
fn an_unknown_code_keeps_its_numbers_and_only_then_transient_counts() {
    let unknown = refused(31_337, Some(4), false);
    assert_eq!((unknown.class, unknown.code, unknown.subcode), (Class::Unknown, Some(31_337), Some(4)));
    assert_eq!(letter(&refused(31_337, None, true).class), 'T');
    assert_eq!(letter(&refused(300, None, false).class), '?');
    assert_eq!(letter(&refused(0, None, false).class), '?');
    assert_eq!(letter(&refused(-1, None, false).class), '?');
}

#[test]
fn every_row_has_stable_words_for_its_class() {
    let mut words: Vec<String> = TABLE
        .iter()
        .map(|row| [row.class.code(), row.class.detail().unwrap_or_default()].join(" ").trim().to_owned())
        .collect();
    words.sort();
    words.dedup();
    let expected = "\
meta-invalid-request app-id
meta-invalid-request attachment-gone
meta-invalid-request callback-verification
meta-invalid-request comment-not-eligible
meta-invalid-request duplicate-opt-in
meta-invalid-request lead-form
meta-invalid-request login-code
meta-invalid-request marketing-frequency
meta-invalid-request media-broken
meta-invalid-request media-too-large
meta-invalid-request media-type
meta-invalid-request media-unreachable
meta-invalid-request message-data
meta-invalid-request message-gone
meta-invalid-request message-with-action
meta-invalid-request parameter
meta-invalid-request several-images
meta-maybe-sent
meta-not-thread-owner another-app
meta-not-thread-owner lead-flow
meta-outside-window
meta-permission-missing app-not-live
meta-permission-missing instagram-message-access
meta-permission-missing instagram-not-eligible
meta-permission-missing instagram-page-link
meta-permission-missing label-terms
meta-permission-missing object-access
meta-permission-missing page-not-linked
meta-permission-missing phone-matching
meta-permission-missing unspecified
meta-permission-missing user-profile
meta-rate-limited
meta-restricted commerce
meta-restricted instagram-messaging
meta-restricted policy
meta-restricted tag-abuse
meta-restricted temporary
meta-retry-later link-refused
meta-retry-later outage
meta-retry-later permission
meta-retry-later unreachable
meta-token-dead app-removed
meta-token-dead checkpoint
meta-token-dead expired
meta-token-dead invalidated
meta-token-dead password-changed
meta-token-dead role-lost
meta-token-dead unconfirmed
meta-token-dead unspecified
meta-unreachable no-profile
meta-unreachable no-such-person
meta-unreachable not-now
meta-unreachable notifications-stopped
meta-unreachable profile-consent
meta-unreachable thread-gone
meta-unreachable unavailable";
    assert_eq!(words.join("\n"), expected);
}

//! What is shown as a card: everything that is more than words and less than a file.

use super::media_url::is_metas;
use super::text::{beginning, done, harmless, lines, link, link_at};
use crate::channel::Channel;
use crate::key;
use crate::rocket_chat::Card;
use crate::texts::{Key, Translator};
use crate::timing::moment;
use meta_wire::ids::NumericId;
use meta_wire::private::Private;
use meta_wire::webhook::{
    AccountLinking, AppointmentBooking, BookedTime, Button, FeedbackAnswer, Form, Lead, LeadAnswer, Location,
    MessagingFeedback, Optin, Order, Referral, ResponseFeedback, Share, ShareKind, Story, StoryKind, Template,
};

/// A card with a title of ours.
pub fn plain_card(say: Translator<'_>, title: Key, text: Option<String>) -> Card {
    let text = text.filter(|text| !text.is_empty());
    Card { title: Some(say.text(title, &[])), text, ..Card::default() }
}

/// A card that leads somewhere, with what stands there.
pub fn link_card(say: Translator<'_>, title: Key, url: Option<String>, text: Option<&str>) -> Card {
    Card { title_link: url, ..plain_card(say, title, text.map(|text| beginning(&harmless(text)))) }
}

/// What the program behind a button was told: context for the person who set the button up.
pub fn payload_card(say: Translator<'_>, payload: &str) -> Card {
    let payload = beginning(&harmless(payload));
    let text = say.text(key!("in_payload"), &[("payload", &payload)]);
    Card { text: Some(text), ..Card::default() }
}

/// The link, advertisement or shop that the customer came by.
pub fn referral_card(say: Translator<'_>, referral: &Referral) -> Card {
    let line = |key: Key, value: Option<&str>| match value.filter(|value| !value.is_empty()) {
        Some(value) => say.text(key, &[("value", &beginning(&harmless(value)))]),
        None => String::new(),
    };
    let ad = referral.ads_context.as_ref();
    let by_ad = ad.is_some() || referral.ad_id.is_some() || referral.source.as_deref() == Some("ADS");
    let title = if by_ad {
        key!("in_referral_ad")
    } else if referral.product_id.is_some() {
        key!("in_referral_shop")
    } else {
        key!("in_referral_link")
    };
    let product = referral.product_id.as_ref().or_else(|| ad.and_then(|ad| ad.product_id.as_ref()));
    let facts = [
        line(key!("in_referral_title"), ad.and_then(|ad| ad.ad_title.as_deref())),
        line(key!("in_referral_ref"), referral.reference.as_deref()),
        line(key!("in_referral_ad_id"), referral.ad_id.as_ref().map(NumericId::as_str)),
        line(key!("in_referral_post"), ad.and_then(|ad| ad.post_id.as_ref()).map(NumericId::as_str)),
        line(key!("in_referral_product"), product.map(NumericId::as_str)),
        line(key!("in_referral_page"), referral.referer_uri.as_deref()),
        line(key!("in_referral_source"), referral.source.as_deref()),
    ];
    let answers = referral.lead.iter().flat_map(lead_lines);
    let picture = ad.and_then(|ad| ad.photo_url.as_deref().or(ad.video_url.as_deref()));
    Card { title_link: picture.and_then(link), ..plain_card(say, title, Some(lines(facts.into_iter().chain(answers)))) }
}

/// A place, with a map.
pub fn location_card(say: Translator<'_>, location: &Location) -> Card {
    let place = location.latitude.zip(location.longitude);
    // https://developers.google.com/maps/documentation/urls/get-started
    let map = place.map(|(lat, long)| format!("https://www.google.com/maps/search/?api=1&query={lat}%2C{long}"));
    let text = place.map(|(lat, long)| format!("{lat}, {long}"));
    let title = location.title.as_deref().map(|title| beginning(&harmless(title))).filter(|title| !title.is_empty());
    let card = plain_card(say, key!("in_location"), text);
    let title = title.or(card.title);
    Card {
        title,
        title_link: map.or_else(|| location.url.as_deref().and_then(link)),
        text: card.text,
        ..Card::default()
    }
}

/// A post or reel.
pub fn share_card(say: Translator<'_>, share: &Share) -> Card {
    let title = match share.share {
        ShareKind::Reel | ShareKind::IgReel => key!("in_share_reel"),
        ShareKind::Post | ShareKind::IgPost | ShareKind::Share => key!("in_share_post"),
    };
    let site = match share.share {
        ShareKind::IgReel | ShareKind::IgPost | ShareKind::Share => Channel::Instagram.site(),
        ShareKind::Reel | ShareKind::Post => Channel::Facebook.site(),
    };
    let url = share.url.as_deref().and_then(|url| link_at(url, site));
    link_card(say, title, url, share.title.as_deref())
}

/// A story is linked and never copied: Meta forbids to keep its media
/// ([story mention](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/story-mention)).
pub fn story_card(say: Translator<'_>, story: &Story) -> Card {
    let title = match story.story {
        StoryKind::StoryMention => key!("in_story_mention"),
        StoryKind::Story | StoryKind::IgStory => key!("in_story_shared"),
    };
    story_link(say, title, story.url.as_deref())
}

/// A story, while there is one to look at.
pub fn story_link(say: Translator<'_>, title: Key, url: Option<&str>) -> Card {
    let url = url.and_then(link);
    let text = match url {
        Some(_) => say.text(key!("in_story_life"), &[]),
        None => say.text(key!("in_story_gone"), &[]),
    };
    Card { title_link: url, ..plain_card(say, title, Some(text)) }
}

/// Nothing where nothing of it can be read.
pub fn template_cards(say: Translator<'_>, channel: Channel, template: &Template) -> Vec<Card> {
    let words = |text: &Option<Private>| text.as_deref().map(|text| beginning(&harmless(text))).unwrap_or_default();
    let address = |url: &Option<Private>| url.as_deref().and_then(|url| link_at(url, channel.site()));
    let buttons = |buttons: &[Button]| {
        lines(buttons.iter().filter_map(|button| Some(format!("• {}", beginning(&harmless(button.title.as_deref()?))))))
    };
    let text = lines([template.text.as_deref().map(harmless).unwrap_or_default(), buttons(&template.buttons)]);
    let url = address(&template.url);
    let mut cards = Vec::new();
    if let Some(receipt) = &template.receipt {
        let line = |key: Key, value: Option<String>| match value {
            Some(value) => say.text(key, &[("value", &harmless(&value))]),
            None => String::new(),
        };
        let total = receipt.total.map(|total| price(total, receipt.currency.as_deref()));
        let text = lines([
            line(key!("in_receipt_order"), receipt.order_number.clone()),
            line(key!("in_receipt_payment"), receipt.payment_method.clone()),
            line(key!("in_receipt_total"), total),
        ]);
        cards.push(Card { title_link: url, ..plain_card(say, key!("in_receipt"), Some(text)) });
    } else if url.is_some() || !text.is_empty() {
        let title = if url.is_some() { key!("in_shared") } else { key!("in_template") };
        let shown = template.elements.is_empty() || url.is_some();
        let card = || Card { title_link: url, ..plain_card(say, title, Some(text)) };
        cards.extend(shown.then(card));
    }
    cards.extend(template.elements.iter().map(|element| {
        let id = element.retailer_id.clone().or_else(|| element.id.as_ref().map(|id| id.as_str().to_owned()));
        let id = id.map(|id| say.text(key!("in_product_id"), &[("id", &harmless(&id))])).unwrap_or_default();
        let count = element.quantity.map(|count| format!("{count} ×")).unwrap_or_default();
        let price = element.price.map(|sum| price(sum, element.currency.as_deref())).unwrap_or_default();
        let sum = [count, price].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let kind = match element.media_type.as_deref() {
            Some("image") => key!("in_file_image"),
            Some("video") => key!("in_file_video"),
            _ => key!("in_product"),
        };
        let title = words(&element.title);
        let text = lines([words(&element.subtitle), sum, id, buttons(&element.buttons)]);
        let base = plain_card(say, kind, Some(text));
        Card {
            title: if title.is_empty() { base.title } else { Some(title) },
            title_link: address(&element.url),
            image_url: element.image_url.as_deref().filter(|url| is_metas(url)).and_then(link),
            text: base.text,
            ..Card::default()
        }
    }));
    cards
}

/// An appointment.
pub fn appointment_card(say: Translator<'_>, booking: &AppointmentBooking) -> Card {
    let line = |key: Key, value: Option<String>| match value.filter(|value| !value.is_empty()) {
        Some(value) => say.text(key, &[("value", &harmless(&value))]),
        None => String::new(),
    };
    let time = |at: &Option<BookedTime>| {
        at.as_ref().map(|at| match at {
            BookedTime::At(at) => moment(at.0),
            BookedTime::AsWritten(at) => at.clone(),
        })
    };
    let text = lines([
        line(key!("in_appointment_from"), time(&booking.start_time)),
        line(key!("in_appointment_to"), time(&booking.end_time)),
        line(key!("in_appointment_zone"), booking.timezone.clone()),
        line(key!("in_appointment_status"), booking.status.clone()),
        line(key!("in_appointment_id"), booking.booking_id.as_ref().map(|id| id.as_str().to_owned())),
    ]);
    plain_card(say, key!("in_appointment"), Some(text))
}

/// What was ordered, one line each.
pub fn order_card(say: Translator<'_>, order: &Order) -> Card {
    let products = order.products.iter().map(|product| {
        let quantity = product.quantity.map(|count| format!("{count} × ")).unwrap_or_default();
        let name = product.name.as_deref().or(product.retailer_id.as_deref()).map(harmless);
        let name = name.or_else(|| product.id.as_ref().map(|id| id.as_str().to_owned())).unwrap_or_default();
        let currency = product.currency.as_deref().map(harmless).unwrap_or_default();
        let price = product.unit_price.map(|price| format!(" · {price} {currency}")).unwrap_or_default();
        format!("{quantity}{}{price}", beginning(&name)).trim_end().to_owned()
    });
    plain_card(say, key!("in_order"), Some(lines(products)))
}

/// The answers to a lead form.
pub fn lead_card(say: Translator<'_>, lead: &Lead) -> Card {
    plain_card(say, key!("in_lead"), Some(lines(lead_lines(lead))))
}

/// A form that was sent in.
pub fn form_card(say: Translator<'_>, form: &Form) -> Card {
    let id = form.id.as_ref().map(|id| say.text(key!("in_form_id"), &[("id", &harmless(id.as_str()))]));
    plain_card(say, key!("in_form"), id)
}

/// The answers to Meta's own question how it was.
pub fn feedback_card(say: Translator<'_>, feedback: &MessagingFeedback) -> Card {
    let questions = feedback.screens.iter().flat_map(|screen| &screen.questions);
    let answers = questions.flat_map(|question| {
        let words = |answer: &FeedbackAnswer| answer.payload.as_deref().map(harmless);
        let follow_up = question.follow_up.as_ref().and_then(words);
        let kind = question.answer.answer_type.as_deref().unwrap_or(&question.id).to_uppercase();
        [words(&question.answer).map(|answer| format!("{}: {answer}", harmless(&kind))), follow_up]
    });
    plain_card(say, key!("in_feedback"), Some(lines(answers.flatten())))
}

/// What the customer thinks of one message.
pub fn rating_text(say: Translator<'_>, feedback: &ResponseFeedback) -> String {
    done(&say.text(key!("in_rating"), &[("rating", &beginning(&harmless(&feedback.feedback)))]))
}

/// That the customer wants to be written to, or no longer, and about what.
pub fn optin_words(say: Translator<'_>, optin: &Optin) -> (String, Vec<Card>) {
    let key = match optin.notification_messages_status.as_deref() {
        Some("STOP_NOTIFICATIONS") => key!("in_optout"),
        Some("RESUME_NOTIFICATIONS") => key!("in_optin_again"),
        _ => key!("in_optin"),
    };
    let what = optin.title.as_deref().or(optin.reference.as_deref()).map(|title| beginning(&harmless(title)));
    let cards = what.map(|what| Card { text: Some(what), ..Card::default() }).into_iter().collect();
    (done(&say.text(key, &[])), cards)
}

/// That the customer linked an account of the business's, or no longer.
pub fn account_linking_text(say: Translator<'_>, linking: &AccountLinking) -> String {
    let key = match linking.status.as_str() {
        "unlinked" => key!("in_unlinked"),
        _ => key!("in_linked"),
    };
    done(&say.text(key, &[]))
}

fn price(sum: f64, currency: Option<&str>) -> String {
    format!("{sum} {}", currency.map(harmless).unwrap_or_default()).trim_end().to_owned()
}

fn lead_lines(lead: &Lead) -> Vec<String> {
    let line = |answer: &LeadAnswer| {
        let question = answer.question.as_deref().map(harmless).unwrap_or_default();
        let words = answer.answer.as_deref().map(harmless).unwrap_or_default();
        format!("{question}: {words}")
    };
    lead.answers.iter().map(line).collect()
}

//! What is shown as a card: everything that is more than words and less than a file.

use super::deliver::Voice;
use super::show::{Became, Showing};
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Card, Host};
use crate::key;
use crate::session::Session;
use crate::texts::{Key, Lang};
use meta_wire::ids::NumericId;
use meta_wire::private::Private;
use meta_wire::webhook::{
    AccountLinking, AppointmentBooking, BookedTime, Button, Form, Lead, Location, MessagingFeedback, Optin, Order,
    Referral, ResponseFeedback, Share, ShareKind, Story, StoryKind, Template,
};
use omni_domain::render::text::{beginning, done, harmless, lines, link, link_at};
use omni_domain::timing::moment;

impl<H: Host> Session<H> {
    pub(super) fn plain_card(&self, lang: &Lang, title: Key, text: Option<String>) -> Card {
        let text = text.filter(|text| !text.is_empty());
        Card { title: Some(self.text(lang, title, &[])), text, ..Card::default() }
    }

    pub(super) fn link_card(&self, lang: &Lang, title: Key, url: Option<String>, text: Option<&str>) -> Card {
        Card { title_link: url, ..self.plain_card(lang, title, text.map(|text| beginning(&harmless(text)))) }
    }

    /// What the program behind a button was told: context for whoever set the button up.
    pub(super) fn payload_card(&self, lang: &Lang, payload: &str) -> Card {
        let payload = beginning(&harmless(payload));
        let text = self.text(lang, key!("in_payload"), &[("payload", &payload)]);
        Card { text: Some(text), ..Card::default() }
    }

    pub(super) fn referral_card(&self, lang: &Lang, referral: &Referral) -> Card {
        let line = |key: Key, value: Option<&str>| match value.filter(|value| !value.is_empty()) {
            Some(value) => self.text(lang, key, &[("value", &beginning(&harmless(value)))]),
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
        Card {
            title_link: picture.and_then(link),
            ..self.plain_card(lang, title, Some(lines(facts.into_iter().chain(answers))))
        }
    }

    pub(super) fn location_card(&self, lang: &Lang, location: &Location) -> Card {
        let place = location.latitude.zip(location.longitude);
        // https://developers.google.com/maps/documentation/urls/get-started
        let map = place.map(|(lat, long)| format!("https://www.google.com/maps/search/?api=1&query={lat}%2C{long}"));
        let text = place.map(|(lat, long)| format!("{lat}, {long}"));
        let title =
            location.title.as_deref().map(|title| beginning(&harmless(title))).filter(|title| !title.is_empty());
        let card = self.plain_card(lang, key!("in_location"), text);
        let title = title.or(card.title);
        Card {
            title,
            title_link: map.or_else(|| location.url.as_deref().and_then(link)),
            text: card.text,
            ..Card::default()
        }
    }

    pub(super) fn share_card(&self, lang: &Lang, share: &Share) -> Card {
        let title = match share.share {
            ShareKind::Reel | ShareKind::IgReel => key!("in_share_reel"),
            ShareKind::Post | ShareKind::IgPost | ShareKind::Share => key!("in_share_post"),
        };
        let site = match share.share {
            ShareKind::IgReel | ShareKind::IgPost | ShareKind::Share => Channel::Instagram.site(),
            ShareKind::Reel | ShareKind::Post => Channel::Facebook.site(),
        };
        let url = share.url.as_deref().and_then(|url| link_at(url, site));
        self.link_card(lang, title, url, share.title.as_deref())
    }

    /// A story is linked and never copied: Meta forbids to keep its media
    /// ([story mention](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/story-mention)).
    pub(super) fn story_card(&self, lang: &Lang, story: &Story) -> Card {
        let title = match story.story {
            StoryKind::StoryMention => key!("in_story_mention"),
            StoryKind::Story | StoryKind::IgStory => key!("in_story_shared"),
        };
        self.story_link(lang, title, story.url.as_deref())
    }

    pub(super) fn story_link(&self, lang: &Lang, title: Key, url: Option<&str>) -> Card {
        let url = url.and_then(link);
        let text = match url {
            Some(_) => self.text(lang, key!("in_story_life"), &[]),
            None => self.text(lang, key!("in_story_gone"), &[]),
        };
        Card { title_link: url, ..self.plain_card(lang, title, Some(text)) }
    }

    /// Nothing where nothing of it can be read.
    pub(super) fn template_cards(&self, lang: &Lang, channel: Channel, template: &Template) -> Vec<Card> {
        let words = |text: &Option<Private>| text.as_deref().map(|text| beginning(&harmless(text))).unwrap_or_default();
        let address = |url: &Option<Private>| url.as_deref().and_then(|url| link_at(url, channel.site()));
        let buttons = |buttons: &[Button]| {
            lines(
                buttons
                    .iter()
                    .filter_map(|button| Some(format!("• {}", beginning(&harmless(button.title.as_deref()?))))),
            )
        };
        let text = lines([template.text.as_deref().map(harmless).unwrap_or_default(), buttons(&template.buttons)]);
        let url = address(&template.url);
        let mut cards = Vec::new();
        if let Some(receipt) = &template.receipt {
            let line = |key: Key, value: Option<String>| match value {
                Some(value) => self.text(lang, key, &[("value", &harmless(&value))]),
                None => String::new(),
            };
            let total = receipt.total.map(|total| price(total, receipt.currency.as_deref()));
            let text = lines([
                line(key!("in_receipt_order"), receipt.order_number.clone()),
                line(key!("in_receipt_payment"), receipt.payment_method.clone()),
                line(key!("in_receipt_total"), total),
            ]);
            cards.push(Card { title_link: url, ..self.plain_card(lang, key!("in_receipt"), Some(text)) });
        } else if url.is_some() || !text.is_empty() {
            let title = if url.is_some() { key!("in_shared") } else { key!("in_template") };
            let shown = template.elements.is_empty() || url.is_some();
            let card = || Card { title_link: url, ..self.plain_card(lang, title, Some(text)) };
            cards.extend(shown.then(card));
        }
        cards.extend(template.elements.iter().map(|element| {
            let id = element.retailer_id.clone().or_else(|| element.id.as_ref().map(|id| id.as_str().to_owned()));
            let id = id.map(|id| self.text(lang, key!("in_product_id"), &[("id", &harmless(&id))])).unwrap_or_default();
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
            let base = self.plain_card(lang, kind, Some(text));
            Card {
                title: if title.is_empty() { base.title } else { Some(title) },
                title_link: address(&element.url),
                image_url: element.image_url.as_deref().filter(|url| super::media::is_metas(url)).and_then(link),
                text: base.text,
                ..Card::default()
            }
        }));
        cards
    }

    pub(super) fn appointment_card(&self, lang: &Lang, booking: &AppointmentBooking) -> Card {
        let line = |key: Key, value: Option<String>| match value.filter(|value| !value.is_empty()) {
            Some(value) => self.text(lang, key, &[("value", &harmless(&value))]),
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
        self.plain_card(lang, key!("in_appointment"), Some(text))
    }

    pub(super) async fn show_order(&self, showing: &mut Showing<'_>, order: &Order) -> Result<Became, CoreError> {
        let lang = self.room_lang().await;
        let products = order.products.iter().map(|product| {
            let quantity = product.quantity.map(|count| format!("{count} × ")).unwrap_or_default();
            let name = product.name.as_deref().or(product.retailer_id.as_deref()).map(harmless);
            let name = name.or_else(|| product.id.as_ref().map(|id| id.as_str().to_owned())).unwrap_or_default();
            let currency = product.currency.as_deref().map(harmless).unwrap_or_default();
            let price = product.unit_price.map(|price| format!(" · {price} {currency}")).unwrap_or_default();
            format!("{quantity}{}{price}", beginning(&name)).trim_end().to_owned()
        });
        let card = self.plain_card(&lang, key!("in_order"), Some(lines(products)));
        let note = order.note.as_deref().map(harmless).unwrap_or_default();
        self.say(showing, note, vec![card]).await?;
        Ok(showing.finish(None))
    }

    pub(super) async fn show_lead(&self, showing: &mut Showing<'_>, lead: &Lead) -> Result<Became, CoreError> {
        let lang = self.room_lang().await;
        let card = self.plain_card(&lang, key!("in_lead"), Some(lines(lead_lines(lead))));
        self.say(showing, String::new(), vec![card]).await?;
        Ok(showing.finish(None))
    }

    pub(super) async fn show_form(&self, showing: &mut Showing<'_>, form: &Form) -> Result<Became, CoreError> {
        let lang = self.room_lang().await;
        let id = form.id.as_ref().map(|id| self.text(&lang, key!("in_form_id"), &[("id", &harmless(id.as_str()))]));
        let card = self.plain_card(&lang, key!("in_form"), id);
        self.say(showing, String::new(), vec![card]).await?;
        Ok(showing.finish(None))
    }

    pub(super) async fn show_feedback(
        &self,
        showing: &mut Showing<'_>,
        feedback: &MessagingFeedback,
    ) -> Result<Became, CoreError> {
        let lang = self.room_lang().await;
        let questions = feedback.screens.iter().flat_map(|screen| &screen.questions);
        let answers = questions.flat_map(|question| {
            let words = |answer: &meta_wire::webhook::FeedbackAnswer| answer.payload.as_deref().map(harmless);
            let follow_up = question.follow_up.as_ref().and_then(words);
            let kind = question.answer.answer_type.as_deref().unwrap_or(&question.id).to_uppercase();
            [words(&question.answer).map(|answer| format!("{}: {answer}", harmless(&kind))), follow_up]
        });
        let card = self.plain_card(&lang, key!("in_feedback"), Some(lines(answers.flatten())));
        self.note(showing, Voice::Customer, String::new(), vec![card]).await?;
        Ok(showing.finish(None))
    }

    pub(super) async fn show_rating(
        &self,
        showing: &mut Showing<'_>,
        feedback: &ResponseFeedback,
    ) -> Result<Became, CoreError> {
        let lang = self.room_lang().await;
        let rating = self.text(&lang, key!("in_rating"), &[("rating", &beginning(&harmless(&feedback.feedback)))]);
        let quoted = match &feedback.mid {
            Some(mid) => self.quoted_card(showing, &lang, mid).await?,
            None => None,
        };
        self.note(showing, Voice::Customer, done(&rating), quoted.into_iter().collect()).await?;
        Ok(showing.finish(None))
    }

    pub(super) async fn show_optin(&self, showing: &mut Showing<'_>, optin: &Optin) -> Result<Became, CoreError> {
        let lang = self.room_lang().await;
        let key = match optin.notification_messages_status.as_deref() {
            Some("STOP_NOTIFICATIONS") => key!("in_optout"),
            Some("RESUME_NOTIFICATIONS") => key!("in_optin_again"),
            _ => key!("in_optin"),
        };
        let what = optin.title.as_deref().or(optin.reference.as_deref()).map(|title| beginning(&harmless(title)));
        let cards = what.map(|what| Card { text: Some(what), ..Card::default() }).into_iter().collect();
        self.note(showing, Voice::Customer, done(&self.text(&lang, key, &[])), cards).await?;
        Ok(showing.finish(None))
    }

    pub(super) async fn show_account_linking(
        &self,
        showing: &mut Showing<'_>,
        linking: &AccountLinking,
    ) -> Result<Became, CoreError> {
        let lang = self.room_lang().await;
        let key = match linking.status.as_str() {
            "unlinked" => key!("in_unlinked"),
            _ => key!("in_linked"),
        };
        self.note(showing, Voice::Customer, done(&self.text(&lang, key, &[])), Vec::new()).await?;
        Ok(showing.finish(None))
    }
}

fn price(sum: f64, currency: Option<&str>) -> String {
    format!("{sum} {}", currency.map(harmless).unwrap_or_default()).trim_end().to_owned()
}

fn lead_lines(lead: &Lead) -> Vec<String> {
    let line = |answer: &meta_wire::webhook::LeadAnswer| {
        let question = answer.question.as_deref().map(harmless).unwrap_or_default();
        let words = answer.answer.as_deref().map(harmless).unwrap_or_default();
        format!("{question}: {words}")
    };
    lead.answers.iter().map(line).collect()
}

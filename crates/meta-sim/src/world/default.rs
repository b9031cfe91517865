//! The world a test finds when it asks for none of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::objects::{App, Business, IgAccount, Mode, Page, Person, User};
use super::stored::World;

/// The app whose credentials the README prints.
pub(crate) const APP_ID: &str = "1000000000000001";
pub(crate) const APP_SECRET: &str = "51ab5ec0de0000000000000000000001";
pub(crate) const INSTAGRAM_APP_ID: &str = "2000000000000001";
pub(crate) const INSTAGRAM_APP_SECRET: &str = "51ab5ec0de0000000000000000000002";
/// A second app on the same Pages, for handover.
const BOT_APP_ID: &str = "1000000000000002";

const ALL_TASKS: &[&str] = &["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"];

const ADA: &str = "10000000000000101";
const BOB: &str = "10000000000000102";
const MANY: &str = "10000000000000103";

fn set(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|s| (*s).to_owned()).collect()
}

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|s| (*s).to_owned()).collect()
}

impl World {
    /// No app, no Page, nobody.
    pub(crate) fn empty() -> Self {
        Self::default()
    }

    /// One app, three logins with different rights, Pages and Instagram accounts of every kind, some customers.
    pub(crate) fn with_defaults() -> Self {
        let mut world = Self::default();
        world.add_apps();
        world.add_users();
        world.add_pages();
        world.add_people();
        let (people, accounts): (Vec<_>, Vec<_>) = (
            world.people.keys().cloned().collect(),
            world.pages.keys().chain(world.instagram_accounts.keys()).cloned().collect(),
        );
        for person in &people {
            for account in &accounts {
                world.scoped_id(account, person);
            }
        }
        world
    }

    fn add_apps(&mut self) {
        for (id, name, secret, ig_id, ig_secret) in [
            (APP_ID, "Contoso Support", APP_SECRET, INSTAGRAM_APP_ID, INSTAGRAM_APP_SECRET),
            (
                BOT_APP_ID,
                "Contoso Bot",
                "51ab5ec0de0000000000000000000003",
                "2000000000000002",
                "51ab5ec0de0000000000000000000004",
            ),
        ] {
            self.apps.insert(
                id.to_owned(),
                App {
                    id: id.to_owned(),
                    name: name.to_owned(),
                    secret: secret.to_owned(),
                    instagram_app_id: ig_id.to_owned(),
                    instagram_app_secret: ig_secret.to_owned(),
                    mode: Mode::Live,
                    roles: set(&[ADA, BOB, MANY]),
                    features: set(&["human_agent", "business_asset_user_profile_access"]),
                    ..App::default()
                },
            );
        }
    }

    fn add_users(&mut self) {
        for (id, name, empty_first_page) in [
            (ADA, "Ada Admin (everything)", false),
            (BOB, "Bob Partial (some Pages, some tasks)", false),
            (MANY, "Mia Many (30 Pages, first page empty)", true),
        ] {
            self.users.insert(id.to_owned(), User { id: id.to_owned(), name: name.to_owned(), empty_first_page });
        }
        self.businesses.insert(
            "700000000000001".to_owned(),
            Business {
                id: "700000000000001".to_owned(),
                name: "Contoso Holding".to_owned(),
                users: set(&[ADA]),
                owned_pages: list(&["200000000000004"]),
                client_pages: list(&["200000000000005"]),
            },
        );
    }

    fn add_pages(&mut self) {
        let tasks = |ada: bool, bob: Option<&[&str]>| {
            let mut tasks = BTreeMap::new();
            if ada {
                tasks.insert(ADA.to_owned(), list(ALL_TASKS));
            }
            if let Some(bob) = bob {
                tasks.insert(BOB.to_owned(), list(bob));
            }
            tasks
        };
        let pages = [
            ("200000000000001", "Contoso Shop", Some("17841400000000001"), false, Some(ALL_TASKS)),
            ("200000000000002", "Contoso Café ☕", Some("17841400000000002"), false, Some(&["ANALYZE"][..])),
            ("200000000000003", "Contoso Page without Instagram", None, false, Some(&["MESSAGING"][..])),
            ("200000000000004", "Contoso Holding (owned)", Some("17841400000000004"), true, None),
            ("200000000000005", "Client of Contoso", None, true, None),
        ];
        for (id, name, instagram, only_via_business, bob) in pages {
            self.pages.insert(
                id.to_owned(),
                Page {
                    id: id.to_owned(),
                    name: name.to_owned(),
                    username: Some(name.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "")),
                    category: "Shopping & retail".to_owned(),
                    tasks: tasks(true, bob),
                    only_via_business,
                    instagram: instagram.map(str::to_owned),
                    ..Page::default()
                },
            );
        }
        for n in 1..=30 {
            let id = format!("2100000000000{n:02}");
            let page = Page {
                id: id.clone(),
                name: format!("Branch {n:02}"),
                category: "Local business".to_owned(),
                tasks: BTreeMap::from([(MANY.to_owned(), list(ALL_TASKS))]),
                ..Page::default()
            };
            self.pages.insert(id, page);
        }
        for (id, scoped, username, name, message_access) in [
            ("17841400000000001", "27000000000000001", "contoso.shop", "Contoso Shop", true),
            ("17841400000000002", "27000000000000002", "contoso.cafe", "Contoso Café ☕", true),
            ("17841400000000003", "27000000000000003", "contoso.solo", "Contoso Solo (no Page)", true),
            ("17841400000000004", "27000000000000004", "contoso.holding", "Contoso Holding", false),
        ] {
            self.instagram_accounts.insert(
                id.to_owned(),
                IgAccount {
                    id: id.to_owned(),
                    scoped_id: scoped.to_owned(),
                    username: username.to_owned(),
                    name: name.to_owned(),
                    account_type: "BUSINESS".to_owned(),
                    followers_count: 4_200,
                    message_access,
                    ..IgAccount::default()
                },
            );
        }
        for page in self.pages.values_mut() {
            page.picture = Some(page.id.clone());
        }
        for ig in self.instagram_accounts.values_mut() {
            ig.picture = Some(ig.id.clone());
        }
    }

    fn add_people(&mut self) {
        let people = [
            ("anna", "Anna", "Müller", "anna.mueller", false),
            ("bruno", "Bruno", "São José", "bruno_sj", true),
            ("chidi", "Chidi 🎉", "Okafor", "chidi.ok", false),
            ("dalia", "داليا", "حسن", "dalia.hasan", false),
            ("emi", "えみ", "田中", "emi_tanaka", true),
            ("noname", "", "", "just.a.handle", false),
        ];
        for (n, (id, first, last, username, verified)) in (1_i64..).zip(people) {
            self.people.insert(
                id.to_owned(),
                Person {
                    id: id.to_owned(),
                    first_name: first.to_owned(),
                    last_name: last.to_owned(),
                    username: username.to_owned(),
                    picture: (id != "noname").then(|| id.to_owned()),
                    locale: Some("de_DE".to_owned()),
                    follower_count: 100 * n,
                    follows_business: n % 2 == 0,
                    verified,
                    ..Person::default()
                },
            );
        }
    }
}

//! The dialog's HTML. No script and no link to anywhere else: a form that posts to its own address.

use std::fmt::Write as _;

use super::request::{LoginRequest, offered};
use crate::world::{Route, World};

const STYLE: &str = "
*{box-sizing:border-box}body{font:16px/1.45 system-ui,sans-serif;background:#f0f2f5;color:#1c1e21;margin:0;padding:24px 12px}
main{max-width:560px;margin:0 auto;background:#fff;border-radius:10px;box-shadow:0 2px 8px #0002;padding:24px}
h1{font-size:21px;margin:0 0 4px}h2{font-size:16px;margin:20px 0 8px}p{margin:0 0 12px;color:#444}
label{display:flex;gap:10px;align-items:baseline;padding:7px 8px;border-radius:6px}label:hover{background:#f5f6f7}
small{color:#65676b}.off{opacity:.6}fieldset{border:0;padding:0;margin:0}.list{max-height:260px;overflow:auto;border:1px solid #dddfe2;border-radius:8px;padding:4px}
.who{display:block;border:1px solid #dddfe2;border-radius:8px;padding:12px;margin:8px 0;text-decoration:none;color:inherit}
.who:hover{border-color:#1877f2}.bar{display:flex;gap:10px;justify-content:flex-end;margin-top:22px}
button{font:inherit;font-weight:600;border:0;border-radius:6px;padding:9px 18px;cursor:pointer;background:#e4e6eb}
button.go{background:#1877f2;color:#fff}.note{background:#fff8e1;border-radius:6px;padding:8px 12px;font-size:13px;color:#5c4a00}
";

fn frame(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main>{body}<p class=\"note\">Stand-in for Meta, for development: no password, nothing leaves this \
         machine.</p></main></body></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

pub(super) fn refusal(why: &str) -> String {
    frame(
        "Sorry, something went wrong",
        &format!("<h1>Sorry, something went wrong</h1><p role=\"alert\">{}</p>", escape(why)),
    )
}

pub(super) fn dialog(world: &World, request: &LoginRequest) -> String {
    match &request.login {
        None => who(world, request),
        Some(user) => consent(world, request, user),
    }
}

/// First page: a pick list in place of a password.
fn who(world: &World, request: &LoginRequest) -> String {
    let mut body = format!("<h1>Log in to continue to {}</h1><p>Who are you?</p>", escape(&request.app.name));
    let logins: Vec<(&str, String)> = match request.route {
        Route::Facebook => world.users.values().map(|u| (u.id.as_str(), u.name.clone())).collect(),
        Route::Instagram => {
            world.instagram_accounts.values().map(|ig| (ig.id.as_str(), format!("@{}", ig.username))).collect()
        }
    };
    // The page goes to its own address with one parameter more; hidden fields carry the rest along.
    for (id, name) in logins {
        let mut fields = String::new();
        for (key, value) in parameters(request) {
            let _ = write!(fields, "<input type=\"hidden\" name=\"{key}\" value=\"{}\">", escape(&value));
        }
        let _ = write!(
            body,
            "<form method=\"get\">{fields}<button class=\"who\" style=\"width:100%;text-align:left\" name=\"sim_login\" \
             value=\"{id}\">{}<br><small>{id}</small></button></form>",
            escape(&name)
        );
    }
    frame("Log in", &body)
}

fn parameters(request: &LoginRequest) -> Vec<(&'static str, String)> {
    let id = match request.route {
        Route::Facebook => request.app.id.clone(),
        Route::Instagram => request.app.instagram_app_id.clone(),
    };
    let mut out = vec![
        ("client_id", id),
        ("redirect_uri", request.redirect_uri.clone()),
        ("response_type", "code".to_owned()),
        ("scope", request.scopes.join(",")),
    ];
    if let Some(state) = &request.state {
        out.push(("state", state.clone()));
    }
    if request.rerequest {
        out.push(("auth_type", "rerequest".to_owned()));
    }
    out
}

/// Second page: what to share, and how much of it.
fn consent(world: &World, request: &LoginRequest, user: &str) -> String {
    let name = match request.route {
        Route::Facebook => world.users.get(user).map(|u| u.name.clone()),
        Route::Instagram => world.instagram_accounts.get(user).map(|ig| format!("@{}", ig.username)),
    };
    let Some(name) = name else { return refusal("There is no such login.") };
    let mut body = format!(
        "<h1>{} wants to access your account</h1><p>Continue as <b>{}</b></p><form method=\"post\">\
         <input type=\"hidden\" name=\"user\" value=\"{}\"><input type=\"hidden\" name=\"chosen\" value=\"1\">",
        escape(&request.app.name),
        escape(&name),
        escape(user)
    );
    if request.route == Route::Facebook {
        let pages: Vec<(String, String, String)> = world
            .pages
            .values()
            .filter_map(|p| p.tasks.get(user).map(|tasks| (p.id.clone(), p.name.clone(), tasks.join(", "))))
            .collect();
        choices(&mut body, "Pages", "pages", &pages);
        let accounts: Vec<(String, String, String)> = world
            .pages
            .values()
            .filter(|p| p.tasks.contains_key(user))
            .filter_map(|p| Some((p, world.instagram_accounts.get(p.instagram.as_ref()?)?)))
            .map(|(p, ig)| (ig.id.clone(), format!("@{}", ig.username), format!("linked to {}", p.name)))
            .collect();
        choices(&mut body, "Instagram accounts", "instagram_accounts", &accounts);
    }
    body.push_str("<h2>What the app may do</h2><fieldset class=\"list\">");
    for scope in offered(world, request, user) {
        let fixed = if scope == "public_profile" { " disabled" } else { "" };
        let _ = write!(
            body,
            "<label><input type=\"checkbox\" name=\"scopes\" value=\"{scope}\" checked{fixed}> {scope}</label>"
        );
    }
    body.push_str(
        "</fieldset><div class=\"bar\"><button name=\"decision\" value=\"cancel\">Not now</button>\
         <button class=\"go\" name=\"decision\" value=\"continue\">Continue</button></div></form>",
    );
    frame("Give access", &body)
}

fn choices(body: &mut String, title: &str, key: &str, items: &[(String, String, String)]) {
    let _ = write!(
        body,
        "<h2>{title}</h2><fieldset><label><input type=\"checkbox\" name=\"all_{key}\" value=\"1\"> \
         All current and future ones</label></fieldset><fieldset class=\"list\">"
    );
    for (id, name, note) in items {
        let _ = write!(
            body,
            "<label><input type=\"checkbox\" name=\"{key}\" value=\"{id}\" checked> <span>{}<br><small>{id} · {}</small></span></label>",
            escape(name),
            escape(note)
        );
    }
    if items.is_empty() {
        body.push_str("<p>None.</p>");
    }
    body.push_str("</fieldset>");
}

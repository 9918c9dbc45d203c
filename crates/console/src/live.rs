//! Sending a page again when it changed.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::stream;

use crate::answer::{Rendered, html};
use crate::page::Page;
use crate::server::Shared;

/// Most pages that are kept live at the same time.
pub(crate) const AUDIENCE: usize = 128;

/// Streams `page` to one reader: event `page` with the HTML when it changed, `tick` with the time of
/// observation when it did not.
pub(crate) fn live(shared: Shared, page: Page) -> Response {
    let Ok(seat) = shared.seats.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many readers\n").into_response();
    };
    let first = (shared, page, None::<Rendered>, seat);
    let events = stream::unfold(first, async |(shared, page, before, seat)| {
        // The reader has just loaded the page, so the first look waits as well.
        tokio::time::sleep(shared.settings.refresh).await;
        let after = look(&shared, &page).await;
        let is_same = before.as_ref().is_some_and(|before| body(before) == body(&after));
        let event = if is_same {
            Event::default().event("tick").data(&after.stamp)
        } else {
            Event::default().event("page").data(&after.html)
        };
        Some((Ok::<Event, Infallible>(event), (shared, page, Some(after), seat)))
    });
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    Sse::new(events).keep_alive(keep_alive).into_response()
}

/// What was last seen of the pages that are kept live: many readers of one page cost one look.
#[derive(Clone, Default)]
pub(crate) struct Looks {
    recent: Arc<std::sync::Mutex<BTreeMap<String, Look>>>,
}

type Look = Arc<tokio::sync::Mutex<Option<(Instant, Rendered)>>>;

async fn look(shared: &Shared, page: &Page) -> Rendered {
    let slot = {
        let mut recent = shared.looks.recent.lock().expect("no holder of this lock panics");
        if recent.len() > AUDIENCE {
            recent.clear();
        }
        recent.entry(format!("{page:?}")).or_default().clone()
    };
    let mut seen = slot.lock().await;
    match &*seen {
        Some((at, rendered)) if at.elapsed() < shared.settings.refresh / 2 => rendered.clone(),
        _ => {
            let rendered = html(&shared.insight, page, (shared.settings.clock)()).await;
            *seen = Some((Instant::now(), rendered.clone()));
            rendered
        }
    }
}

/// The page without the time of observation.
fn body(rendered: &Rendered) -> String {
    rendered.html.replace(&rendered.stamp, "")
}

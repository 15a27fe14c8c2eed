//! Pictures of the screen before they belong to anything (S1): held in memory only, offered, dropped when not chosen. Owns
//! the taking and the holding; a chosen picture is the draft's.
//!
//! Invariant: nothing here reaches the disk; what was not chosen is gone when the last window closes.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use service_tool_contract::{
    code::{Code, Problem},
    id::{Moment, PictureId},
};
use tokio::time::timeout;

use crate::{
    Desktop,
    command::{Bytes, PictureAsk, PictureChoices, PictureOffer, PictureSource, PictureTake},
    host::Picture,
    locked,
};

/// Pictures that are held at most; the oldest goes first.
const HELD_MOST: usize = 8;

/// A picture in memory.
#[derive(Debug, Clone)]
pub struct HeldPicture {
    pub id: PictureId,
    pub source: PictureSource,
    pub picture: Picture,
    pub taken_at: Moment,
}

impl HeldPicture {
    fn offer(&self) -> PictureOffer {
        PictureOffer {
            picture: self.id.clone(),
            source: self.source,
            width: self.picture.width,
            height: self.picture.height,
            taken_at: self.taken_at,
            empty: self.picture.empty,
        }
    }
}

/// The pictures at hand.
#[derive(Default)]
pub struct HeldPictures(Mutex<VecDeque<HeldPicture>>);

impl HeldPictures {
    fn hold(&self, picture: HeldPicture) {
        let mut held = locked(&self.0);
        if picture.source == PictureSource::BeforeClick {
            held.retain(|other| other.source != PictureSource::BeforeClick);
        }
        held.push_back(picture);
        while held.len() > HELD_MOST {
            held.pop_front();
        }
    }

    /// The picture of that id.
    pub fn get(&self, id: &PictureId) -> Option<HeldPicture> {
        locked(&self.0).iter().find(|picture| &picture.id == id).cloned()
    }

    fn before_click(&self) -> Vec<PictureOffer> {
        let held = locked(&self.0);
        held.iter().filter(|picture| picture.source == PictureSource::BeforeClick).map(HeldPicture::offer).collect()
    }

    /// Holds these bytes as if a monitor had shown them.
    #[cfg(test)]
    pub fn hold_for_test(&self, png: Vec<u8>) -> PictureId {
        let id = PictureId(format!("pic_{}", png.len()));
        let picture = Picture { png, width: 2, height: 1, empty: false };
        let taken_at = Moment(jiff::Timestamp::UNIX_EPOCH);
        self.hold(HeldPicture { id: id.clone(), source: PictureSource::Monitor, picture, taken_at });
        id
    }

    /// Lets go of all.
    pub fn clear(&self) {
        locked(&self.0).clear();
    }
}

impl Desktop {
    /// Takes the picture of the double-click, within its time. A picture that comes later might show our own menu and is
    /// dropped.
    pub(crate) async fn picture_before_click(&self) {
        if !self.policy.picture_before_click() {
            return;
        }
        let screen = Arc::clone(&self.ports.screen);
        let taken_at = self.ports.clock.now();
        let taking = tokio::task::spawn_blocking(move || screen.front_capture());
        match timeout(self.tempo.capture_limit, taking).await {
            Ok(Ok(Ok(picture))) => {
                let id = PictureId(self.fresh_id("pic"));
                self.pictures.hold(HeldPicture { id, source: PictureSource::BeforeClick, picture, taken_at });
            }
            Ok(Ok(Err(error))) => tracing::info!(%error, "no picture at the click"),
            Ok(Err(_)) => tracing::error!("taking the picture at the click failed"),
            Err(_) => tracing::warn!("the picture at the click took too long"),
        }
    }

    /// Takes a picture of one monitor.
    pub(crate) async fn picture_take(&self, request: PictureTake) -> Result<PictureOffer, Problem> {
        let screen = Arc::clone(&self.ports.screen);
        let picture = tokio::task::spawn_blocking(move || screen.monitor_capture(request.monitor))
            .await
            .map_err(|error| Problem::new(Code::Internal, error.to_string()))?
            .map_err(|error| Problem::new(Code::CaptureFailed, error.to_string()))?;
        let held = HeldPicture {
            id: PictureId(self.fresh_id("pic")),
            source: PictureSource::Monitor,
            picture,
            taken_at: self.ports.clock.now(),
        };
        let offer = held.offer();
        self.pictures.hold(held);
        Ok(offer)
    }

    /// The picture of the click and the monitors. Without a screen there are none, which is an answer too.
    pub(crate) async fn picture_list(&self) -> Result<PictureChoices, Problem> {
        let screen = Arc::clone(&self.ports.screen);
        let monitors = match tokio::task::spawn_blocking(move || screen.monitor_list()).await {
            Ok(Ok(monitors)) => monitors,
            Ok(Err(_)) | Err(_) => Vec::new(),
        };
        Ok(PictureChoices { offers: self.pictures.before_click(), monitors })
    }

    /// A held picture, or one of a draft.
    pub(crate) async fn picture_get(&self, request: PictureAsk) -> Result<Bytes, Problem> {
        if let Some(held) = self.pictures.get(&request.picture) {
            return Ok(Bytes { media_type: "image/png".to_owned(), bytes: held.picture.png });
        }
        self.draft_picture_get(&request.picture).await
    }
}

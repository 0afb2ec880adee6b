use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use veza_schemas::problem::Code;

use crate::error::ApiError;
use crate::limits::MAX_BODY_BYTES;

/// How much of a body that is too large is read, to be thrown away: a client that is still sending when the connection
/// closes never sees the answer.
const MAX_DRAINED_BYTES: usize = 16 * MAX_BODY_BYTES;

/// The whole body. 413 when it is too large, 408 when it does not come in time.
pub(super) async fn whole(mut body: Body) -> Result<Bytes, ApiError> {
    let mut kept = BytesMut::new();
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            ApiError::new(
                Code::RequestTimeout,
                "the body did not arrive whole and in time",
            )
        })?;
        let Ok(data) = frame.into_data() else {
            continue; // trailers
        };
        seen += data.len();
        if seen <= MAX_BODY_BYTES {
            kept.extend_from_slice(&data);
        } else if seen > MAX_DRAINED_BYTES {
            break;
        }
    }
    if seen > MAX_BODY_BYTES {
        let detail = format!("the body has more than {MAX_BODY_BYTES} bytes");
        return Err(ApiError::new(Code::TooLarge, detail));
    }
    Ok(kept.freeze())
}

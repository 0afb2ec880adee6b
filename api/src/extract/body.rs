use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use veza_schemas::problem::Code;

use crate::error::ApiError;
use crate::limits::MAX_BODY_BYTES;

/// How much of a body that is too large is read, and for how long, to be thrown away: a client that is still sending when the
/// connection closes never sees the answer.
const MAX_DRAINED_BYTES: usize = 16 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// The whole body. 413 when it is too large, 408 when it does not come in time.
pub(super) async fn whole(body: Body) -> Result<Bytes, ApiError> {
    let mut kept = Vec::new();
    copy(body, MAX_BODY_BYTES, &mut kept).await?;
    Ok(kept.into())
}

/// Writes the whole body out as it comes. 413 with more than `most` bytes, 408 when it does not come in time.
pub async fn copy<W: AsyncWrite + Unpin>(
    mut body: Body,
    most: usize,
    to: &mut W,
) -> Result<(), ApiError> {
    if body.size_hint().lower() > most as u64 {
        return Err(too_large(body, most).await);
    }
    let mut taken = 0;
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
        taken += data.len();
        if taken > most {
            return Err(too_large(body, most).await);
        }
        to.write_all(&data).await.map_err(anyhow::Error::from)?;
    }
    Ok(())
}

async fn too_large(mut body: Body, most: usize) -> ApiError {
    let drain = async {
        let mut drained = 0;
        while let Some(Ok(frame)) = body.frame().await
            && drained < MAX_DRAINED_BYTES
        {
            drained += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    let _ = tokio::time::timeout(DRAIN_TIME, drain).await;
    let detail = format!("the body has more than {most} bytes");
    ApiError::new(Code::TooLarge, detail)
}

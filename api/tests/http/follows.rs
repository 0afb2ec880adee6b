//! Following: once at a time, with its history.

use futures::future::join_all;
use reqwest::Method;

use crate::support::{Api, Person};

struct Fan {
    api: Api,
    fan: Person,
    creator: Person,
}

impl Fan {
    async fn new() -> Self {
        let api = Api::start().await;
        let (fan, creator) = (api.user().await, api.creator().await);
        Self { api, fan, creator }
    }

    async fn call(&self, method: Method) -> u16 {
        let path = format!("/api/v1/creators/{}/follow", self.creator.creator_id);
        self.api.call(method, &path, &self.fan.token).await.status
    }

    /// Ids of the creators followed now.
    async fn following(&self) -> Vec<i64> {
        let list = self.api.get("/api/v1/me/following", &self.fan.token).await;
        let list = list.data().as_array().unwrap().iter();
        list.map(|row| row["creator_id"].as_i64().unwrap())
            .collect()
    }

    /// Times of following: all, and those that have not ended.
    async fn times(&self) -> (i64, i64) {
        sqlx::query_as(
            "SELECT count(*), count(*) FILTER (WHERE unfollowed_at IS NULL) FROM follows",
        )
        .fetch_one(self.api.db())
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn following_twice_is_once_and_coming_back_is_a_second_time() {
    let f = Fan::new().await;
    assert_eq!(
        f.call(Method::DELETE).await,
        204,
        "not to follow is no error"
    );
    for _ in 0..2 {
        assert_eq!(f.call(Method::POST).await, 204);
    }
    assert_eq!(f.following().await, [f.creator.creator_id]);
    assert_eq!(f.times().await, (1, 1));
    for _ in 0..2 {
        assert_eq!(f.call(Method::DELETE).await, 204);
    }
    assert!(f.following().await.is_empty());
    assert_eq!(f.times().await, (1, 0));
    assert_eq!(f.call(Method::POST).await, 204);
    assert_eq!(f.times().await, (2, 1));
}

#[tokio::test]
async fn following_at_once_is_once() {
    let f = Fan::new().await;
    let statuses = join_all((0..10).map(|_| f.call(Method::POST))).await;
    assert_eq!(statuses, [204; 10]);
    assert_eq!(f.times().await, (1, 1));
}

#[tokio::test]
async fn who_is_not_there_cannot_be_followed_nor_can_the_library() {
    let f = Fan::new().await;
    let library: i64 = sqlx::query_scalar(
        "INSERT INTO creators (library, name) VALUES (true, 'Library') RETURNING id",
    )
    .fetch_one(f.api.db())
    .await
    .unwrap();
    for id in [999_999, 0, -1, library] {
        let path = format!("/api/v1/creators/{id}/follow");
        let answer = f.api.call(Method::POST, &path, &f.fan.token).await;
        answer.assert_problem(404, "not_found", "");
    }
}

import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { account, problem } from "@/mocks/answers";
import { refuse, reply } from "@/mocks/handlers";
import { server } from "@/mocks/server";
import { accessTokenOf } from "@/mocks/token";
import { answerOf, api } from "./client";
import { ApiProblem } from "./problem";
import { keepSession, restoreSession } from "./refresh";
import { getSession } from "./session";

const stale = accessTokenOf("user", "stale");
const fresh = accessTokenOf("creator", "fresh");

/** `/me` takes the fresh token only; counts what it is asked, and how often the session is renewed. */
function serveFreshOnly() {
  const count = { me: 0, refresh: 0 };
  server.use(
    http.get("*/api/v1/me", ({ request }) => {
      count.me += 1;
      const sent = request.headers.get("Authorization");
      return sent === `Bearer ${fresh}` ? reply(account) : refuse(problem(401, "unauthenticated"));
    }),
    http.post("*/api/v1/auth/refresh", async ({ request }) => {
      count.refresh += 1;
      expect(request.headers.get("Authorization")).toBeNull();
      return reply({ access_token: fresh, refresh_token: null, expires_in: 900 });
    }),
  );
  return count;
}

describe("a session", () => {
  it("is renewed once for all requests that its token was too old for, and they succeed", async () => {
    const count = serveFreshOnly();
    keepSession(stale);
    const asked = Array.from({ length: 5 }, () => answerOf(api.GET("/api/v1/me")));
    const answers = await Promise.all(asked);
    expect(answers.map(({ data }) => data.email)).toEqual(Array(5).fill(account.email));
    expect(count).toEqual({ me: 10, refresh: 1 });
    expect(getSession()).toMatchObject({ subject: "fresh", role: "creator" });
  });

  it("sends the body again with the renewed token", async () => {
    serveFreshOnly();
    const bodies: unknown[] = [];
    server.use(
      http.patch("*/api/v1/me", async ({ request }) => {
        bodies.push(await request.json());
        const sent = request.headers.get("Authorization");
        return sent === `Bearer ${fresh}` ? reply(account) : refuse(problem(401, "unauthenticated"));
      }),
    );
    keepSession(stale);
    await answerOf(api.PATCH("/api/v1/me", { body: { name: "Ada" } }));
    expect(bodies).toEqual([{ name: "Ada" }, { name: "Ada" }]);
  });

  it("ends when its cookie is refused", async () => {
    server.use(
      http.get("*/api/v1/me", () => refuse(problem(401, "unauthenticated"))),
      http.post("*/api/v1/auth/refresh", () => refuse(problem(401, "unauthenticated"))),
    );
    keepSession(stale);
    await expect(answerOf(api.GET("/api/v1/me"))).rejects.toMatchObject({ code: "unauthenticated" });
    expect(getSession()).toBeNull();
    await expect(restoreSession()).resolves.toBeNull();
  });

  it("does not end because the API can't be asked", async () => {
    server.use(
      http.get("*/api/v1/me", () => refuse(problem(401, "unauthenticated"))),
      http.post("*/api/v1/auth/refresh", () => refuse(problem(503, "unavailable"))),
    );
    keepSession(stale);
    await expect(answerOf(api.GET("/api/v1/me"))).rejects.toMatchObject({ code: "unavailable" });
    expect(getSession()).not.toBeNull();
  });

  it("is not asked for by a visitor who never signed in", async () => {
    const count = serveFreshOnly();
    await expect(restoreSession()).resolves.toBeNull();
    expect(count.refresh).toBe(0);
  });
});

describe("a failure", () => {
  it("carries its code, its field and when to try again", async () => {
    server.use(
      http.get("*/api/v1/me", () =>
        refuse(problem(429, "too_many_requests", "email"), { "Retry-After": "7" }),
      ),
    );
    const refused = answerOf(api.GET("/api/v1/me"));
    await expect(refused).rejects.toBeInstanceOf(ApiProblem);
    await expect(refused).rejects.toMatchObject({
      status: 429,
      code: "too_many_requests",
      field: "email",
      retryAfter: 7,
    });
  });

  it("that is a proxy's page is said to be one", async () => {
    server.use(http.get("*/api/v1/me", () => HttpResponse.html("<h1>Bad gateway</h1>", { status: 502 })));
    await expect(answerOf(api.GET("/api/v1/me"))).rejects.toMatchObject({ status: 502, code: "bad_answer" });
  });

  it("without an answer is a TypeError, as fetch has it", async () => {
    server.use(http.get("*/api/v1/me", () => HttpResponse.error()));
    await expect(answerOf(api.GET("/api/v1/me"))).rejects.toBeInstanceOf(TypeError);
  });
});

import { QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ApiProblem } from "./problem";
import { createQueryClient } from "./queries";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** When a page's question is asked that always fails so, in seconds from the first time. */
async function askedAt(error: Error): Promise<number[]> {
  const begun = Date.now();
  const asked: number[] = [];
  const queryFn = () => {
    asked.push((Date.now() - begun) / 1_000);
    return Promise.reject(error);
  };
  const observer = new QueryObserver(createQueryClient(), { queryKey: ["anything"], queryFn });
  const stop = observer.subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(observer.getCurrentResult().error).toBe(error);
  stop();
  return asked;
}

it("what may pass is asked again, twice", async () => {
  expect(await askedAt(new TypeError("Failed to fetch"))).toEqual([0, 1, 3]);
  expect(await askedAt(new ApiProblem(503, "unavailable", "away"))).toEqual([0, 1, 3]);
});

it("not before the server wants it", async () => {
  expect(await askedAt(new ApiProblem(429, "too_many_requests", "slow", undefined, 5))).toEqual([0, 5, 10]);
});

it("what would be refused again is not", async () => {
  expect(await askedAt(new ApiProblem(404, "not_found", "no"))).toEqual([0]);
  expect(await askedAt(new ApiProblem(422, "invalid", "no", "from"))).toEqual([0]);
});

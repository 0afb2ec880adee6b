import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeardTime, MEDIA_EVENTS } from "../src/heard-time";
import { FakeClock, FakeMedia } from "./fakes";

function meter() {
  const clock = new FakeClock();
  const media = new FakeMedia(clock);
  const heard = new HeardTime(media, clock);
  MEDIA_EVENTS.forEach((type) => media.addEventListener(type, () => heard.look()));
  return { clock, media, heard };
}

/** What a listener, or the network, may do next. */
type Deed = (media: FakeMedia) => void;
const deed = fc.oneof(
  fc.integer({ min: 1, max: 20_000 }).map(
    (ms): Deed =>
      (media) =>
        media.run(ms),
  ),
  fc.constant<Deed>((media) => media.play()),
  fc.constant<Deed>((media) => media.pause()),
  fc.constant<Deed>((media) => media.starve()),
  fc.constant<Deed>((media) => media.feed()),
  fc.double({ min: 0, max: 179, noNaN: true }).map(
    (to): Deed =>
      (media) =>
        media.startSeek(to),
  ),
  fc.constant<Deed>((media) => media.finishSeek()),
  fc.constantFrom(0.5, 0.75, 1, 1.25, 1.5, 2, 4, 16).map(
    (rate): Deed =>
      (media) =>
        media.setRate(rate),
  ),
  fc.boolean().map(
    (muted): Deed =>
      (media) =>
        media.setMuted(muted),
  ),
  fc.constantFrom(0, 0.2, 1).map(
    (volume): Deed =>
      (media) =>
        media.setVolume(volume),
  ),
  fc.boolean().map(
    (loop): Deed =>
      (media) =>
        void (media.loop = loop),
  ),
);

describe("heard time", () => {
  test("is what a person in front of it has heard, whatever is done to the player", () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const { media, heard } = meter();
        for (const act of deeds) {
          act(media);
          heard.look();
          expect(heard.ms).toBeCloseTo(media.trulyHeardMs, 3);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("never shrinks, and is never more than twice the time that went by", () => {
    const withHangs = fc.oneof(
      deed,
      fc.boolean().map(
        (hanging): Deed =>
          (media) =>
            void (media.hanging = hanging),
      ),
    );
    fc.assert(
      fc.property(fc.array(withHangs, { maxLength: 60 }), (deeds) => {
        const { media, heard, clock } = meter();
        let before = 0;
        for (const act of deeds) {
          act(media);
          heard.look();
          expect(heard.ms).toBeGreaterThanOrEqual(before);
          expect(heard.ms).toBeLessThanOrEqual(2 * clock.monotonic() + 1e-6);
          before = heard.ms;
        }
      }),
      { numRuns: 300 },
    );
  });

  test("a seek to the end hears nothing", () => {
    const { media, heard } = meter();
    media.play();
    media.run(4_100);
    media.startSeek(170);
    media.run(300);
    media.finishSeek();
    media.run(10_000);
    expect(media.ended).toBe(true);
    expect(heard.ms).toBeCloseTo(14_100, 3);
  });

  test("a seek back hears the same bars again", () => {
    const { media, heard } = meter();
    media.play();
    media.run(60_000);
    media.startSeek(0);
    media.finishSeek();
    media.run(60_000);
    expect(heard.ms).toBeCloseTo(120_000, 3);
  });

  test("at double speed two seconds are heard in one; above that the rest is skimmed", () => {
    const { media, heard } = meter();
    media.play();
    media.setRate(2);
    media.run(10_000);
    expect(heard.ms).toBeCloseTo(20_000, 3);
    media.setRate(16);
    media.run(1_000);
    expect(heard.ms).toBeCloseTo(22_000, 3);
  });

  test("silence is not heard: muted, at volume 0, out of data, paused", () => {
    const { media, heard } = meter();
    media.setMuted(true);
    media.play();
    media.run(5_000);
    media.setMuted(false);
    media.setVolume(0);
    media.run(5_000);
    media.setVolume(0.01);
    media.starve();
    media.run(5_000);
    media.feed();
    media.pause();
    media.run(5_000);
    expect(heard.ms).toBe(0);
  });

  test("a machine that slept, or a decoder that hung, heard no more than the position moved", () => {
    const { media, heard } = meter();
    media.play();
    media.run(3_000);
    media.hanging = true;
    media.run(3_600_000);
    media.hanging = false;
    media.run(2_000);
    expect(heard.ms).toBeCloseTo(5_000, 3);
  });

  test("a long look-away before a jump is credited with a second at most", () => {
    const { media, heard } = meter();
    media.play();
    media.run(1_000);
    media.hanging = true;
    media.run(60_000);
    media.startSeek(100);
    expect(heard.ms).toBeLessThanOrEqual(2_000);
  });
});

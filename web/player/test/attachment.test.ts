import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Attachment, type Desk } from "../src/attachment";
import { Play } from "../src/play";
import type { Report } from "../src/report";
import { FakeClock, FakeMedia } from "./fakes";

function scene() {
  const clock = new FakeClock();
  const media = new FakeMedia(clock);
  const sent: Report[] = [];
  const sentOnLeaving: Report[] = [];
  let plays = 0;
  const desk: Desk = {
    beginPlay: (track) =>
      new Play(
        {
          play_id: `play-${++plays}`,
          track_id: track.trackId,
          started_at: new Date(clock.wall()).toISOString(),
        },
        null,
      ),
    send: (_play, report) => void sent.push(report),
    sendOnLeaving: (_play, report) => void sentOnLeaving.push(report),
  };
  const attachment = new Attachment(media, { trackId: "track" }, clock, desk);
  return { clock, media, attachment, sent, sentOnLeaving, playsBegun: () => plays };
}

/** The parts of a report that differ between the reports of a play. */
function summary({ play_id, seq, heard_ms, heard_before_ms, ended }: Report) {
  return [play_id, seq, heard_ms, heard_before_ms, ended];
}

describe("reports of an attached element", () => {
  test("come every 30 s heard, and at the end", () => {
    const { media, sent } = scene();
    media.duration = 70;
    media.play();
    media.run(80_000);
    expect(sent.map(summary)).toEqual([
      ["play-1", 0, 30_000, 0, false],
      ["play-1", 1, 30_000, 30_000, false],
      ["play-1", 2, 10_000, 60_000, true],
    ]);
    expect(new Set(sent.map((report) => report.started_at)).size).toBe(1);
  });

  test("count what was heard, not how long the page was open", () => {
    const { media, sent } = scene();
    media.play();
    media.run(20_000);
    media.pause();
    media.run(600_000);
    media.play();
    media.run(9_750);
    expect(sent).toEqual([]);
    media.run(250);
    expect(sent.map(summary)).toEqual([["play-1", 0, 30_000, 0, false]]);
  });

  test("begin with the first sound, not with the press of the button", () => {
    const { media, attachment, sent, clock } = scene();
    media.readyState = 1;
    media.play();
    media.run(5_000);
    const soundAt = clock.wall();
    media.feed();
    media.run(1_000);
    attachment.detach();
    expect(sent[0]?.started_at).toBe(new Date(soundAt).toISOString());
    expect(sent.map(summary)).toEqual([["play-1", 0, 1_000, 0, true]]);
  });

  test("are none where nothing was heard", () => {
    const { media, attachment, sent, sentOnLeaving } = scene();
    media.setMuted(true);
    media.play();
    media.run(60_000);
    attachment.hide();
    attachment.leave();
    attachment.detach();
    expect([...sent, ...sentOnLeaving]).toEqual([]);
  });

  test("playing again after the end is another play", () => {
    const { media, sent } = scene();
    media.duration = 20;
    media.play();
    media.run(20_000);
    media.play();
    media.run(20_000);
    expect(sent.map(summary)).toEqual([
      ["play-1", 0, 20_000, 0, true],
      ["play-2", 0, 20_000, 0, true],
    ]);
  });

  test("each pass of a loop is a play, a seek to the start is none", () => {
    const { media, attachment, sent } = scene();
    media.duration = 20;
    media.loop = true;
    media.play();
    media.run(45_000);
    media.startSeek(0);
    media.finishSeek();
    media.run(10_000);
    attachment.detach();
    expect(sent.map(summary)).toEqual([
      ["play-1", 0, 20_000, 0, true],
      ["play-2", 0, 20_000, 0, true],
      ["play-3", 0, 15_000, 0, true],
    ]);
  });

  test("a track that is replaced has ended", () => {
    const { media, sent } = scene();
    media.play();
    media.run(12_000);
    media.load();
    expect(sent.map(summary)).toEqual([["play-1", 0, 12_000, 0, true]]);
  });

  test("a hidden page goes on playing and says how far it was; one that goes has ended", () => {
    const { media, attachment, sent, sentOnLeaving } = scene();
    media.play();
    media.run(10_000);
    attachment.hide();
    media.run(25_000);
    attachment.leave();
    expect(sent).toEqual([]);
    expect(sentOnLeaving.map(summary)).toEqual([
      ["play-1", 0, 10_000, 0, false],
      ["play-1", 1, 25_000, 10_000, true],
    ]);
  });

  test("a page that comes back from the browser's memory begins a new play", () => {
    const { media, attachment, sent } = scene();
    media.play();
    media.run(10_000);
    attachment.leave();
    media.pause();
    media.run(60_000);
    media.play();
    media.run(5_000);
    attachment.detach();
    expect(sent.map(summary)).toEqual([["play-2", 0, 5_000, 0, true]]);
  });

  test("a radio that never ends is continued as a new play after 24 h", () => {
    const { media, attachment, sent } = scene();
    media.duration = Infinity;
    media.play();
    media.run(86_400_000 + 40_000);
    attachment.detach();
    const ofFirst = sent.filter((report) => report.play_id === "play-1");
    expect(ofFirst.reduce((sum, report) => sum + report.heard_ms, 0)).toBe(86_400_000);
    expect(ofFirst.at(-1)?.ended).toBe(true);
    expect(sent.at(-1)?.play_id).toBe("play-2");
  });

  test("count what was heard until the track is taken away", () => {
    const { media, sent } = scene();
    media.play();
    media.run(200);
    media.load();
    expect(sent.map((report) => report.heard_ms)).toEqual([200]);
  });

  test("of one play add up without gap or overlap, whatever happens", () => {
    const deed = fc.oneof(
      fc
        .integer({ min: 1, max: 90_000 })
        .map((ms) => (world: ReturnType<typeof scene>) => world.media.run(ms)),
      fc.constant((world: ReturnType<typeof scene>) => world.media.play()),
      fc.constant((world: ReturnType<typeof scene>) => world.media.pause()),
      fc.constant((world: ReturnType<typeof scene>) => world.media.load()),
      fc.constant((world: ReturnType<typeof scene>) => world.attachment.hide()),
      fc.constant((world: ReturnType<typeof scene>) => world.attachment.leave()),
      fc.double({ min: 0, max: 170, noNaN: true }).map((to) => (world: ReturnType<typeof scene>) => {
        world.media.startSeek(to);
        world.media.finishSeek();
      }),
    );
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
        const world = scene();
        deeds.forEach((act) => act(world));
        world.attachment.detach();
        const all = [...world.sent, ...world.sentOnLeaving];
        for (const id of new Set(all.map((report) => report.play_id))) {
          const inOrder = all.filter((report) => report.play_id === id).toSorted((a, b) => a.seq - b.seq);
          let before = 0;
          inOrder.forEach((report, index) => {
            expect(report.seq).toBe(index);
            expect(report.heard_before_ms).toBe(before);
            expect(Number.isInteger(report.heard_ms)).toBe(true);
            expect(report.ended).toBe(index === inOrder.length - 1);
            before += report.heard_ms;
          });
        }
        const total = all.reduce((sum, report) => sum + report.heard_ms, 0);
        expect(total).toBeLessThanOrEqual(world.media.trulyHeardMs + 1);
        // Less than a millisecond a play is lost to whole numbers.
        expect(total).toBeGreaterThan(world.media.trulyHeardMs - world.playsBegun() - 1);
      }),
      { numRuns: 200 },
    );
  });
});

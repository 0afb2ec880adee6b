import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { moved, resized, snapped, step, type TimeWindow } from "./windows";

const day = 86_400_000;
/** After the last key the window is where it is wanted. */
const keyPause = 900;
/** A pointer that moved less has clicked. */
const clickWithin = 4;

type Grip = "whole" | keyof TimeWindow;

const looks = {
  planned: "cursor-grab bg-surface text-promo outline-1 outline-promo active:cursor-grabbing",
  running: "bg-promo text-on-promo",
  over: "bg-sunken text-ink2 outline-1 outline-line2",
};

interface WindowBarProps {
  /** What is shown: `−30 %`. */
  text: string;
  /** The product's, for screen readers. */
  title: string;
  window: TimeWindow;
  /** From where to where it can reach; null: it can't be moved any more. */
  room: TimeWindow | null;
  /** It counts now. */
  running: boolean;
  /** The time that the line shows. */
  view: TimeWindow;
  zone: string;
  onMove: (to: TimeWindow) => void;
  onOpen: () => void;
}

/**
 * A promotion on its product's time line. Pointer: drag it, or one of its ends. Keys: arrows move it by an hour, Page Up and Down by a
 * day, with Shift its end alone; Enter opens it, Escape puts it back. It never goes over its neighbours.
 */
export function WindowBar({
  text,
  title,
  window,
  room,
  running,
  view,
  zone,
  onMove,
  onOpen,
}: WindowBarProps) {
  const { t } = useTranslation();
  const format = useFormat(zone);
  const bar = useRef<HTMLButtonElement>(null);
  const drag = useRef<{ grip: Grip; x: number; distance: number } | null>(null);
  const hasDragged = useRef(false);
  const [draft, setDraft] = useState<TimeWindow | null>(null);
  const [byKeys, setByKeys] = useState(false);
  const shown = draft ?? window;
  const look = running ? looks.running : room === null ? looks.over : looks.planned;

  useEffect(() => {
    if (!byKeys || draft === null) return undefined;
    const timer = setTimeout(() => {
      setByKeys(false);
      setDraft(null);
      onMove(draft);
    }, keyPause);
    return () => clearTimeout(timer);
    // A new `onMove` is no new wish.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [byKeys, draft]);

  const place = (grip: Grip, from: TimeWindow, by: number): TimeWindow => {
    if (room === null) return from;
    return grip === "whole" ? moved(from, by, room) : resized(from, grip, by, room);
  };

  function onPointerDown(event: PointerEvent<HTMLElement>, grip: Grip): void {
    if (room === null || event.button !== 0) return;
    event.stopPropagation();
    bar.current?.setPointerCapture(event.pointerId);
    drag.current = { grip, x: event.clientX, distance: 0 };
  }

  function onPointerMove(event: PointerEvent): void {
    const width = bar.current?.parentElement?.clientWidth ?? 0;
    if (drag.current === null || width === 0) return;
    const { grip, x } = drag.current;
    drag.current.distance = Math.max(drag.current.distance, Math.abs(event.clientX - x));
    const by = snapped(((event.clientX - x) / width) * (view.endsAt - view.startsAt));
    setDraft(place(grip, window, by));
  }

  function onPointerUp(): void {
    const dragged = drag.current;
    drag.current = null;
    if (dragged === null || draft === null) return;
    const changed = draft.startsAt !== window.startsAt || draft.endsAt !== window.endsAt;
    setDraft(null);
    hasDragged.current = dragged.distance >= clickWithin;
    if (hasDragged.current && changed) onMove(draft);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Escape" && draft !== null) {
      setDraft(null);
      setByKeys(false);
      return;
    }
    const distances: Record<string, number> = {
      ArrowLeft: -step,
      ArrowRight: step,
      PageUp: -day,
      PageDown: day,
    };
    const by = distances[event.key];
    if (by === undefined || room === null) return;
    event.preventDefault();
    setByKeys(true);
    setDraft(place(event.shiftKey ? "endsAt" : "whole", shown, by));
  }

  const length = view.endsAt - view.startsAt;
  const left = Math.max((shown.startsAt - view.startsAt) / length, 0);
  const right = Math.min((shown.endsAt - view.startsAt) / length, 1);
  if (right <= 0 || left >= 1) return null;
  const times = t("sell.promotions.fromTo", {
    from: format.dateTime(new Date(shown.startsAt)),
    to: format.dateTime(new Date(shown.endsAt)),
  });
  const gripClass = "absolute inset-y-0 w-2 cursor-ew-resize";
  return (
    <>
      <button
        ref={bar}
        type="button"
        title={times}
        aria-label={t("sell.promotions.window", { title, percent: text, times })}
        aria-describedby={room === null ? undefined : "window-keys"}
        onPointerDown={(event) => onPointerDown(event, "whole")}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          drag.current = null;
          setDraft(null);
        }}
        onKeyDown={onKeyDown}
        onClick={() => {
          // A drag ends in a click, too.
          if (!hasDragged.current) onOpen();
          hasDragged.current = false;
        }}
        className={`absolute top-1 z-1 flex h-6 touch-none items-center overflow-hidden justify-center rounded-4 px-1 text-12 font-semibold whitespace-nowrap select-none ${look}`}
        style={{ left: `${left * 100}%`, width: `max(${(right - left) * 100}%, 6px)` }}
      >
        {room !== null && (
          <>
            <span
              className={`${gripClass} left-0`}
              onPointerDown={(event) => onPointerDown(event, "startsAt")}
            />
            <span
              className={`${gripClass} right-0`}
              onPointerDown={(event) => onPointerDown(event, "endsAt")}
            />
          </>
        )}
        {text}
      </button>
      {draft !== null && (
        <span
          role="status"
          className="pointer-events-none absolute top-8 z-2 rounded-8 border border-tooltip-edge bg-tooltip px-3 py-1 text-12 whitespace-nowrap text-on-tooltip"
          style={{ left: `clamp(0px, ${left * 100}%, calc(100% - 17rem))` }}
        >
          {times}
        </span>
      )}
    </>
  );
}

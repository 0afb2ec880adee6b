/** Keys: one character, or two after each other ("g l"). A page registers its own; the help lists those that are in force. */
import { useEffect, useSyncExternalStore } from "react";

export interface Shortcut {
  /** `"?"`, or `"g l"` for g, then l. */
  keys: string;
  /** What it does, in the reader's language. */
  label: string;
  run: () => void;
}

/** A second key that comes later than this begins anew. */
const sequenceMs = 1_000;
const storageKey = "veza.shortcuts";

let registered: readonly Shortcut[] = [];
let enabled = localStorage.getItem(storageKey) !== "off";
const listeners = new Set<() => void>();

function notifyAll(): void {
  for (const notify of listeners) notify();
}

function subscribe(notify: () => void): () => void {
  listeners.add(notify);
  return () => listeners.delete(notify);
}

/** Puts the shortcuts in force while the caller is mounted. Memoize the array. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  useEffect(() => {
    registered = [...registered, ...shortcuts];
    notifyAll();
    return () => {
      registered = registered.filter((shortcut) => !shortcuts.includes(shortcut));
      notifyAll();
    };
  }, [shortcuts]);
}

export function useRegisteredShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(subscribe, () => registered);
}

/** Whether keys are listened to. People who dictate, or whose hands slip, can turn them off (WCAG 2.1.4). */
export function useShortcutsEnabled(): [boolean, (on: boolean) => void] {
  return [useSyncExternalStore(subscribe, () => enabled), setEnabled];
}

function setEnabled(on: boolean): void {
  enabled = on;
  localStorage.setItem(storageKey, on ? "on" : "off");
  notifyAll();
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null
  );
}

/** Listens at the window; mounted once, by the shell. */
export function useShortcutKeys(): void {
  useEffect(() => {
    let first: { key: string; at: number } | undefined;

    const onKeyDown = (event: KeyboardEvent) => {
      if (!enabled || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector("dialog:modal") !== null) return;

      const begun = first !== undefined && event.timeStamp - first.at < sequenceMs ? first.key : undefined;
      const sequence = begun === undefined ? event.key : `${begun} ${event.key}`;
      const shortcut = registered.find(({ keys }) => keys === sequence);
      first = shortcut === undefined ? { key: event.key, at: event.timeStamp } : undefined;
      if (shortcut === undefined) return;
      event.preventDefault();
      shortcut.run();
    };

    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}

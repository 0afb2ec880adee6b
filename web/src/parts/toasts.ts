/** Short words about something that has just worked; failures stay where they happened, as a `<Notice>`. */
import { useSyncExternalStore } from "react";

export interface Toast {
  id: number;
  text: string;
}

/** Long enough to read a sentence twice. */
const shownMs = 6_000;

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function replace(next: readonly Toast[]): void {
  toasts = next;
  for (const notify of listeners) notify();
}

export function showToast(text: string): void {
  lastId += 1;
  const id = lastId;
  replace([...toasts, { id, text }]);
  setTimeout(() => dismissToast(id), shownMs);
}

export function dismissToast(id: number): void {
  replace(toasts.filter((toast) => toast.id !== id));
}

function subscribe(notify: () => void): () => void {
  listeners.add(notify);
  return () => listeners.delete(notify);
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(subscribe, () => toasts);
}

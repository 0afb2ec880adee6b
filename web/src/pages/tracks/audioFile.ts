/** What the browser can tell of an audio file before it is sent. */

/** As the API has them: what the common browsers play. */
export const audioTypes = [
  "audio/mpeg",
  "audio/mp4",
  "audio/aac",
  "audio/ogg",
  "audio/webm",
  "audio/flac",
  "audio/wav",
  "audio/x-wav",
  "audio/x-m4a",
] as const;

/** As the API has it. */
export const largestAudioMiB = 512;

export type AudioProblem = "type" | "size" | "empty";

/** Why the API would refuse the file, or null. */
export function problemOfAudio({ type, size }: Pick<File, "type" | "size">): AudioProblem | null {
  if (!(audioTypes as readonly string[]).includes(type)) return "type";
  if (size === 0) return "empty";
  return size > largestAudioMiB * 1_024 * 1_024 ? "size" : null;
}

/** The length in ms, or null where the browser can't read it. */
export function durationOf(file: File): Promise<number | null> {
  const url = URL.createObjectURL(file);
  const audio = new Audio();
  audio.preload = "metadata";
  return new Promise<number | null>((resolve) => {
    audio.addEventListener("loadedmetadata", () =>
      resolve(Number.isFinite(audio.duration) ? Math.round(audio.duration * 1_000) : null),
    );
    audio.addEventListener("error", () => resolve(null));
    audio.src = url;
  }).finally(() => URL.revokeObjectURL(url));
}

/** `03 - Salt_Roads.mp3` → `Salt Roads` */
export function titleOf(fileName: string): string {
  return fileName
    .replace(/\.[^.]+$/, "")
    .replace(/^\d+\s*[-._ ]\s*/, "")
    .replaceAll("_", " ")
    .trim();
}

export type { Attachment } from "./attachment";
export type { Media } from "./heard-time";
export type { Track } from "./play";
export type { Context } from "./report";
export { PlayReporter, type ReporterOptions } from "./reporter";

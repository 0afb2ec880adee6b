import { Logo } from "./Logo";

/** What is there until the first page is: nothing that moves. */
export function Splash() {
  return (
    <div className="grid min-h-dvh place-items-center">
      <Logo size={42} />
    </div>
  );
}

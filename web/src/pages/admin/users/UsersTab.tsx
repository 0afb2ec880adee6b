import { useSignUps, useUsers } from "../queries";
import { useRange } from "../range";
import { CourseCard } from "./CourseCard";
import { RetentionCards } from "./RetentionCards";
import { Tiles } from "./Tiles";

/** Who is active, who signs up, and who comes back. */
export function Component() {
  const range = useRange();
  const users = useUsers(range);
  const signUps = useSignUps(range);
  return (
    <div className="flex flex-col gap-4">
      <div>
        <Tiles users={users} signUps={signUps} />
        <CourseCard users={users} signUps={signUps} />
      </div>
      <RetentionCards />
    </div>
  );
}

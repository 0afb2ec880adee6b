import { setupServer } from "msw/node";
import { handlers } from "./handlers";

/** The API's stand-in in tests; a test that needs another answer says `server.use(…)`. */
export const server = setupServer(...handlers);

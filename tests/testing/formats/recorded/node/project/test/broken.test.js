import { nothing } from "../src/absent.js";
nothing();

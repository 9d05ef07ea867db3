/** The page of a shared dashboard, loaded only by its readers. */
import { lazy } from "react";

export const Shared = lazy(() => import("./shared"));

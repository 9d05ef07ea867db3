import { defineConfig, mergeConfig } from "vitest/config";
import app from "./vite.config.ts";

// Style sheets are read as they are: a test looks for colours that are not tokens.
export default mergeConfig(app, defineConfig({ test: { css: true, testTimeout: 120_000 } }));

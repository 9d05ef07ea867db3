import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const outDir = process.env.HEELER_UI_OUT ?? "../src/heeler/_ui";
const server = process.env.HEELER_SERVER ?? "http://127.0.0.1:8124";

/** Writes `.br` and `.gz` beside every text file, so that the server never compresses. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    closeBundle() {
      for (const name of readdirSync(outDir, { recursive: true, encoding: "utf8" })) {
        if (!/\.(js|css|svg|html)$/.test(name)) continue;
        const path = join(outDir, name);
        const content = readFileSync(path);
        const quality = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params: quality }));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** Writes `pages.json`, the addresses of all pages, so that the server answers 404 to every other address. */
function pageList(): Plugin {
  return {
    name: "page-list",
    apply: "build",
    generateBundle() {
      const source = readFileSync(join(import.meta.dirname, "src/pages/register.ts"), "utf8");
      const paths = [...source.matchAll(/\bpath: "(\/[^"]*)"/g)].map((found) => found[1]);
      if (paths.length === 0) this.error("src/pages/register.ts lists no page");
      this.emitFile({ type: "asset", fileName: "pages.json", source: JSON.stringify(paths) });
    },
  };
}

export default defineConfig({
  base: "./",
  resolve: { alias: { "~": join(import.meta.dirname, "src") } },
  plugins: [react(), pageList(), precompress()],
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Named, so that its size has a limit of its own: only a widget of the type wildcard loads it.
        chunkFileNames: (chunk) =>
          chunk.facadeModuleId?.endsWith("/widgets/vega/draw.ts")
            ? "assets/vega-[hash].js"
            : "assets/[name]-[hash].js",
      },
    },
  },
  server: { proxy: { "/api": server } },
});

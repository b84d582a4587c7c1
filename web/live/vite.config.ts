import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const backend = process.env["YUTANG_URL"] ?? "http://127.0.0.1:8000";
const page = (name: string) => fileURLToPath(new URL(`src/${name}/index.html`, import.meta.url));

/** Three pages beside each other, `/guide/`, `/live/` and `/shop/`, that share what they can. */
export default defineConfig({
  root: "src",
  base: "./",
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    outDir: "../dist",
    emptyOutDir: true,
    rolldownOptions: {
      input: { guide: page("guide"), live: page("live"), shop: page("shop") },
      output: { chunkFileNames: "assets/shared-[hash].js" },
    },
  },
  server: {
    proxy: {
      "/graphql": { target: backend, ws: true },
      "/sandbox": { target: backend },
      "/media": { target: backend },
      "/exports": { target: backend },
      "/standins": { target: backend },
    },
  },
});

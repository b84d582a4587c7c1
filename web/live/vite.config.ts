import { defineConfig } from "vite";

const backend = process.env["YUTANG_URL"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "./",
  build: { target: "es2022", modulePreload: false, assetsInlineLimit: 0 },
  server: {
    proxy: {
      "/graphql": { target: backend, ws: true },
      "/sandbox": { target: backend },
    },
  },
});

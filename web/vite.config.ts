import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const built = new URL("../gateway/web/", import.meta.url).pathname;
const compress = promisify(gzip);

async function writeCompressed(path: string): Promise<void> {
  const content = await readFile(path);
  if (content.length > 1024) await writeFile(`${path}.gz`, await compress(content, { level: 9 }));
}

/**
 * What the gateway needs beside the pages: a `.gz` of each text asset, served as it is instead of compressing at each
 * request, and the page's operations by their hashes.
 */
function provisions(): Plugin {
  return {
    name: "provisions",
    apply: "build",
    async closeBundle(): Promise<void> {
      const folder = join(built, "assets");
      const texts = (await readdir(folder)).filter((name) => /\.(css|js|svg|ttf)$/.test(name));
      await Promise.all(texts.map((name) => writeCompressed(join(folder, name))));
      for (const name of ["operations.json", "first-list.json"])
        await copyFile(join("src/generated", name), join(built, name));
    },
  };
}

export default defineConfig({
  // Relative, so that the pages also work behind a proxy that serves the gateway under a path.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [provisions()],
  worker: { format: "es" },
  build: {
    outDir: built,
    emptyOutDir: true,
    // The policy of the pages forbids `data:` for everything but GraphiQL's images.
    assetsInlineLimit: 0,
    // Its polyfill is for browsers that cannot run the pages anyway.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 8192,
    rolldownOptions: {
      input: ["gift.html", "order.html", "pay.html", "shop.html", "graphiql.html"],
      // React libraries mark modules "use client", which means nothing outside a server framework.
      onLog: (level, log, report) => {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
  },
});

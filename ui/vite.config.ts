// The product's build: one page, relative addresses, everything in files of its own (the content security policy allows
// neither inline scripts nor inline styles).
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** What must never be in the product: made-up data, the developer's page, inline styles. Says how much a page weighs. */
function border(): Plugin {
  return {
    name: 'border',
    apply: 'build',
    generateBundle(_options, bundle) {
      let bytes = 0;
      for (const part of Object.values(bundle)) {
        const text = part.type === 'chunk' ? part.code : String(part.source);
        if (/\.(js|css)$/.test(part.fileName)) bytes += gzipSync(text).length;
        if (/<[a-z][^<>`]*\sstyle=/.test(text)) this.error(`${part.fileName} holds an inline style`);
        const foreign = part.type === 'chunk' ? Object.keys(part.modules).find((id) => /src\/host\/fake\.ts$|^(?!.*node_modules).*\/dev\//.test(id)) : undefined;
        if (foreign !== undefined) this.error(`${foreign} is not for the product`);
      }
      console.log(`scripts and styles, gzipped, both languages and all screens: ${(bytes / 1024).toFixed(1)} KiB`);
    },
  };
}

export default defineConfig({
  base: './',
  plugins: [svelte(), border()],
  build: {
    outDir: 'dist',
    target: ['chrome123', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  resolve: process.env['VITEST'] ? { conditions: ['browser'] } : {},
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
    testTimeout: 30_000,
  },
});

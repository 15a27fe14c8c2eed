// The developer's page: the screens on made-up data, without a desktop. No part of the product's build.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { fileURLToPath } from 'node:url';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [svelte({ configFile: fileURLToPath(new URL('../svelte.config.js', import.meta.url)) })],
  server: { fs: { allow: ['..'] } },
  build: { target: ['chrome123', 'safari17.5'] },
});

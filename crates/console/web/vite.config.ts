import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds the API: a running `farthing serve`. */
const api = process.env.FARTHING_API ?? 'http://127.0.0.1:7777';
const served = ['/v1', '/openapi.json', '/healthz', '/readyz', '/metrics'];

export default defineConfig({
  plugins: [svelte()],
  server: { proxy: Object.fromEntries(served.map((path) => [path, api])) },
  // Nothing is inlined: the content security policy allows only files of this origin.
  build: { target: 'es2022', manifest: true, assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1000 },
  test: { include: ['src/**/*.test.ts'], environment: 'node', css: true },
});

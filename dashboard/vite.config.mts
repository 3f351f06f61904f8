import { defineConfig } from 'vite';

/** Builds the page into dist/dashboard, which the gateway serves at /dashboard. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/dashboard/',
  // `publicDir` would copy files past the build.
  publicDir: false,
  build: { outDir: '../dist/dashboard', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: false },
});

import { defineConfig } from 'vite';

export default defineConfig({
  base: '/',
  build: {
    outDir: 'dist',
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Inlined assets would be data: urls, which the content security policy allows for pictures only.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
});

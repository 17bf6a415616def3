// The build makes this file without types.
declare module '*/generated/gradients.js';

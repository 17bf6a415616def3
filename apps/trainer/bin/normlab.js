#!/usr/bin/env node
// Here rather than in dist, so that npm finds and links the command before anything is built.
import '../dist/main.js';

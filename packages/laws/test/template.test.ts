// The file that users copy into their tests, run as it is.
import '../templates/laws.js';

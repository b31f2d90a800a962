'use strict';

// In the place of the package "debug", with which JsSIP writes a protocol of what it does to the console: it writes nothing. JsSIP calls both
// the module and its default.
const silent = () => Object.assign(() => {}, { log: () => {} });
module.exports = silent;
module.exports.default = silent;

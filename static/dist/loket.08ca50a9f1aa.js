// What the page does better with a script. Everything works without.
"use strict";

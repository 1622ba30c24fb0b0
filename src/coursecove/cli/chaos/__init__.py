"""`coursecove chaos`: a running product under a bounded storm while its parts are killed, and what is left of its promises."""

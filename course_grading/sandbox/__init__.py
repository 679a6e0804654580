"""Boxes without a way out, in which the code of submissions runs.

* `limits`: what a submission may use, and what stops it;
* `watch`: what it uses, as /proc says, from outside;
* `contents`: what there is in a box; `system_calls`: what the kernel refuses there;
* `box`: bubblewrap around that, and the talk with what runs in it, of which `channel` believes
  nothing;
* `temporary_folder`: where boxes are made, and what dead runs have left;
* `inside`: the files that travel into a box;
* `self_attack`: tries every wall and limit from inside, before a submission can.
"""

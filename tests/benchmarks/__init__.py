"""What things cost and how good they are, measured; each module runs by itself (`python -m tests.benchmarks.NAME`).

`bench` runs `peers`, `stages`, `kernels` and `scale` one after another, and writes one report (`make bench`).

* `peers`: the whole job beside other tools (`peer_tools`) on the same files: accuracy, CPU time, memory; what each
  finds for its cost, at several thresholds, and what our fingerprints find by themselves (`unconfirmed`).
* `stages`: CPU time of each stage for one image.
* `kernels`: MinHash, R-MAC and SSIM beside libraries that offer them.
* `scale`: search and clustering as the corpus grows, on synthetic fingerprints (`fingerprints`, of which `planted`
  confirms the copies), by stage (`search_clock`).
* `chances`: whether these fingerprints are like real ones.
* `clusters`: connected components over many workers beside union-find in one.
* `embedding`: networks of torchvision with R-MAC beside their plain forward.
* `find`: queries in the index of a large corpus: seconds, memory, what is proposed.
* `isolation`: decoding in a process of its own beside decoding in the worker.
* `kinds`: a corpus of families of edits and look-alikes, scored family by family.
* `profiles`: what a search as strict as that of a large corpus finds, and what chance brings it.
* `review`: how long the pages of `lookalike review` take on an audit of many clusters.
* `soak`: whether any process of a long audit grows (`make soak`; `soak_curve` draws it).

`tables` writes what they measure, as Markdown and Parquet.
"""

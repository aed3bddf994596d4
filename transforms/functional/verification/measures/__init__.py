"""What a decision is made from: how two registered pictures agree, as numbers that mean the same for every pair.

Agreement as a whole says little of pages, where everything but one word is alike; so most measures are of places: the
worst of many small boxes, the largest block that disagrees. None tells a from b: what differs by which is which is
sorted, or is read where the two are registered. Each module measures one thing, and names its numbers.
"""

"""A mutation run: does a test fail for each small thing that is broken on purpose?"""
